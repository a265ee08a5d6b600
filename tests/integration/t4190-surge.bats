#!/usr/bin/env bats
# bats file_tags=long,soak
#
# Surge under load: every task is done once, and at no time are there fewer
# processes that take tasks than the worker is to have.  The long form, with
# figures, is tests/bench/bench-surge.

load lib
load rabbit
load losses-many
load losses-surge

setup_file() {
    begin_file
    begin_surges
}

teardown_file() {
    rabbit_stop
    end_file
}

@test "redis and RabbitMQ, prefork and threads, acks_late" {
    local combinations=(redis-prefork-surge redis-threads-surge
        redis-prefork-surge-late)

    if [ -n "${RABBIT_URL-}" ]; then
        combinations+=(rabbit-prefork-surge rabbit-threads-surge)
    fi
    endure "${combinations[@]}"
}
