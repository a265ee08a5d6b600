#!/usr/bin/env bats
# bats file_tags=long,soak
#
# A loop that stands still in what no healing reaches: with watchdog =
# "restart" the worker is restarted as by a person, and what its threads were
# at is kept; asked to end, it is ended although it does not move.

load lib

setup_file() {
    begin_file
    redis_start
    configure_app hanging 'start_timeout = 90; concurrency = 1;' - <<END
{ queue = "renewed"; watchdog = "restart"; },
{ queue = "ended"; }
END
}

stuck_loop() {
    "$LAUNCH" status -v "$1" | grep -q '    its event loop has not moved for'
}

renewed() {
    [ "$(worker_pid renewed)" != "$1" ] && state_is renewed running
}

@test "a loop that stands still is seen, restarted, and its stacks are kept" {
    "$LAUNCH" start
    pid=$(worker_pid renewed)
    for queue in renewed ended; do
        send_tasks -q "$queue" add 1 2
    done
    wait_for -t 60 stuck_loop renewed
    [ "$("$LAUNCH" status renewed)" = 'renewed: running (stuck)' ]
    wait_for -t 180 renewed "$pid"
    [ "$(worker_field renewed last_run | jq -r .asked_by)" = watchdog ]
    # It counts as one that nobody asked for.
    "$LAUNCH" status -v renewed | grep 'restarted by itself 1 time in'
    grep -q stand_still \
        "$HOME"/.local/state/celery-tmux/*/celery-renewed/runs/*/stacks
}

@test "told to end it ends, though nothing in it moves" {
    state_is ended 'running (stuck)'
    [ "$(within 60 "$LAUNCH" stop ended)" = 'ended: stopped' ]
    [ "$(within 60 "$LAUNCH" stop renewed)" = 'renewed: stopped' ]
    no_leftovers
}
