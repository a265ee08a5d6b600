#!/usr/bin/env bats
#
# A check that is killed leaves its record, with the settings in it, where
# temporary files are; the next one removes it, and none that is in use.  What
# it has begun to try is nobody's then, and ends with it.

load lib

setup() {
    export TMPDIR=$SCRATCH/temporary
    mkdir -p "$TMPDIR"
    printf '#!/bin/sh\nexec sleep 100\n' >"$SCRATCH/slow"
    chmod +x "$SCRATCH/slow"
    configure <<CONF
workers = ( { queue = "celery"; app = "tasks"; worker_dir = "$APP_DIR";
              celery_cmd = "'$SCRATCH/slow'"; start_timeout = 100; } );
CONF
}

records() {
    find "$TMPDIR" -name worker | wc -l
}

records_are() {
    [ "$(records)" -eq "$1" ]
}

@test "what a killed check left is removed by the next, what lives is not" {
    "$LAUNCH" check >/dev/null 2>&1 3>&- &
    first=$!
    wait_for records_are 1
    forgotten=$(find "$TMPDIR" -name worker)
    "$LAUNCH" check >/dev/null 2>&1 3>&- &
    second=$!
    wait_for records_are 2
    left=$(descendants "$first")
    # shellcheck disable=SC2086 # one or several
    kill -KILL "$first" $left
    wait "$first" || true
    "$LAUNCH" check >/dev/null 2>&1 3>&- &
    third=$!
    # Its own is the second: the first's is gone, the other's stays.
    wait_for fails test -e "$forgotten"
    wait_for records_are 2
    kill -TERM "$second" "$third"
    wait_for records_are 0
}

@test "a record that another check has just made is not taken for forgotten" {
    # Between the directory and its lock the first is held up.
    strace -qq -f -o /dev/null -e trace=flock \
        -e inject=flock:delay_enter=2000000:when=1 "$LAUNCH" check \
        >/dev/null 2>&1 3>&- &
    first=$!
    wait_for eval 'compgen -G "$TMPDIR/celery-tmux-check-*"'
    "$LAUNCH" check >/dev/null 2>&1 3>&- &
    second=$!
    wait_for records_are 2
    "$LAUNCH" check >/dev/null 2>&1 3>&- &
    third=$!
    wait_for records_are 3
    # shellcheck disable=SC2046 # several
    kill -TERM $(descendants "$first") "$second" "$third"
    wait "$first" "$second" "$third" || true
    wait_for records_are 0
}

@test "what a killed check or restart tries ends with it" {
    local command caller

    printf '#!/bin/sh\nexec sleep 6163\n' >"$SCRATCH/tried"
    chmod +x "$SCRATCH/tried"
    "$LAUNCH" start --no-wait
    wait_for ours 'sleep 100'
    for command in check restart; do
        "$LAUNCH" "$command" --celery-cmd="'$SCRATCH/tried'" \
            >/dev/null 2>&1 3>&- &
        caller=$!
        wait_for ours 'sleep 6163'
        kill -KILL "$caller"
        wait "$caller" || true
        wait_for fails ours 'sleep 6163'
    done
    ours 'sleep 100'
    "$LAUNCH" kill --now
}
