#!/usr/bin/env bats
# bats file_tags=long,soak
#
# Nothing lost on RabbitMQ however the session ends, and what StarCluster's way
# loses there.  For `make soak`; redis has the same in `make check`.

load lib
load rabbit
load losses
load losses-rabbit

@test "a session that is closed by hand loses no task" {
    with tasks
    survive close_session
}

@test "a tmux server that is killed loses no task" {
    with tasks
    survive kill_server
}

@test "a session that is closed by hand loses no task acknowledged late" {
    with late
    survive close_session
}

@test "a tmux server that is killed loses no task acknowledged late" {
    with late
    survive kill_server
}

@test "for comparison: what StarCluster's way loses" {
    compare_starcluster
}
