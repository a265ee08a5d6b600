#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost: `restart` while tasks run and wait, on RabbitMQ.

load lib
load rabbit
load losses
load losses-rabbit

@test "restart loses no task" {
    with tasks
    survive "$LAUNCH" restart
}

@test "restart loses no task that is acknowledged late" {
    with late
    survive "$LAUNCH" restart
}
