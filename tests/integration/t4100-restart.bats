#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost: `restart` while tasks run and wait.

load lib
load losses

@test "restart loses no task" {
    with tasks
    survive "$LAUNCH" restart
}

@test "restart loses no task that is acknowledged late" {
    with late
    survive "$LAUNCH" restart
}

@test "for comparison: what StarCluster's way loses" {
    compare_starcluster
}
