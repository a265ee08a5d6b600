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
    fails pgrep -f "/cluster [.]keep $CLUSTER " &&
        fails grep -qzs "^CLUSTER_HOST=$CLUSTER/" /proc/[0-9]*/environ
}

@test "start, status, tasks on all nodes, restart, kill" {
    run within 300 "$ROOT/scripts/demo-cluster"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c '^node00[1-3]: celery: started$' <<<"$output")" -eq 3 ]
    [ "$(grep -c '^node003: gpu: started$' <<<"$output")" -eq 1 ]
    [[ $output = *$'\nnode[001-002]\n'* ]]
    [ "$(grep -c '^ *[0-9]* node00[1-3]$' <<<"$output")" -eq 3 ]
    [ "$(grep -c '^node00[1-3]: celery: restarted$' <<<"$output")" -eq 3 ]
    [ "$(grep -c '^node00[1-3]: celery: killed$' <<<"$output")" -eq 3 ]
    [[ $output = *'none.'*'That was the tour.'* ]]
    # No shell complains, and what status adds is explained.
    fails grep -E 'No such file|expected|line [0-9]+:' <<<"$output"
    [[ $output = *'(drifted) says'*'gpu: running (drifted)'*$'celery-tmux-launch apply\nnode003: gpu: restarted (concurrency)\n'* ]]
    nothing_is_left
}

@test "a tour that is interrupted leaves nothing" {
    local row

    # The tour takes longer than that when it goes on.  The script alone gets
    # the signal, but the first time, which is as ^C does it.
    for row in '-s INT 5' '--foreground -s INT 1' '--foreground -s TERM 5' \
        '--foreground -s KILL 5'; do
        # shellcheck disable=SC2086 # words
        run within 60 timeout $row "$ROOT/scripts/demo-cluster"
        echo "$row: $status: $output"
        [ "$status" -eq 124 ] || [ "$status" -eq 137 ]
        [[ $output != *'8. Nothing is left'* ]]
        wait_for nothing_is_left
    done
}

@test "without root it says so" {
    # The checkout may lie where others may not go.
    stranger=$(mktemp -d)
    chmod 755 "$stranger"
    mkdir -p "$stranger/scripts" "$stranger/tests/cluster"
    cp "$ROOT/scripts/demo-cluster" "$stranger/scripts"
    cp "$ROOT/tests/cluster/cluster" "$stranger/tests/cluster"
    LAUNCH=/bin/true run setpriv --reuid=65534 --clear-groups \
        "$stranger/scripts/demo-cluster"
    [ "$status" -eq 1 ]
    [[ $output = *'no nodes can be simulated: only root can make a cluster'* ]]
    # Those who would draw the README's pictures too.
    cp "$ROOT/scripts/picture" "$stranger/scripts"
    LAUNCH=/bin/true run setpriv --reuid=65534 --clear-groups \
        "$stranger/scripts/picture" cluster "$stranger"
    rm -r "$stranger"
    [ "$status" -eq 1 ]
    [[ $output = *'no nodes can be simulated: only root can make a cluster'* ]]
}
