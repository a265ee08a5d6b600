#!/usr/bin/env bats
#
# The tour that `make demo-cluster` gives, and that it leaves nothing behind.

load ../integration/lib

setup_file() {
    begin_file
    if ! SKIP=$("$ROOT/tests/cluster/cluster" can); then
        [ -z "${CLUSTER_REQUIRED-}" ] || { echo "$SKIP"; return 1; }
    fi
    # Another tour may go on beside this one.
    export SKIP CLUSTER=t5300-$$
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

nothing_is_left() {
    ! pgrep -f "/cluster [.]keep $CLUSTER " &&
        ! grep -qzs "^CLUSTER_HOST=$CLUSTER/" /proc/[0-9]*/environ
}

@test "start, status, tasks on all nodes, restart, kill, in a minute" {
    run within 60 "$ROOT/scripts/demo-cluster"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c '^node00[1-3]: celery: started$' <<<"$output")" -eq 3 ]
    [ "$(grep -c '^node003: gpu: started$' <<<"$output")" -eq 1 ]
    [[ $output = *$'\nnode[001-002]\n'* ]]
    [ "$(grep -c '^ *[0-9]* node00[1-3]$' <<<"$output")" -eq 3 ]
    [ "$(grep -c '^node00[1-3]: celery: restarted$' <<<"$output")" -eq 3 ]
    [ "$(grep -c '^node00[1-3]: celery: killed$' <<<"$output")" -eq 3 ]
    [[ $output = *'none.'*'That was the tour.'* ]]
    nothing_is_left
}

@test "a tour that is interrupted leaves nothing" {
    for moment in 1 5; do
        run timeout --foreground -s INT "$moment" "$ROOT/scripts/demo-cluster"
        [ "$status" -eq 124 ]
        wait_for nothing_is_left
    done
}

@test "without root it says so" {
    # shellcheck disable=SC2016 # for the inner shell
    run setpriv --reuid=65534 --clear-groups "$ROOT/scripts/demo-cluster"
    [ "$status" -eq 1 ]
    [[ $output = *'no nodes can be simulated: only root can make a cluster'* ]]
}
