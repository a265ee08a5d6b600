#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost, done twice or held: workers are restarted again and again while
# somebody sends to them all the time, be they idle or not, on redis.

load lib
load rabbit
load losses-many
load losses-steady

setup_file() {
    begin_steady redis
}

@test "with prefork every task is done once" {
    endure 45 idle-prefork light-prefork full-prefork
}

@test "with solo and threads every task is done once" {
    endure 20 idle-solo light-threads
}
