#!/usr/bin/env bats
#
# Nothing lost: the session is closed while tasks run (F7).

load lib
load losses

@test "a session that is closed by hand loses no task" {
    with tasks
    survive close_session
}

@test "a closed session is a stop, and the record says so" {
    with tasks 'pool = "solo";'
    # A server that goes with its last session looks, to a runner that is late,
    # as if it had been killed.
    tmux new-session -d -s other 'sleep 1800'
    "$LAUNCH" start
    tmux kill-session -t =celery-celery:
    wait_for eval '[ "$("$LAUNCH" status)" = "celery: stopped" ]'
    "$LAUNCH" status -v | grep -q 'asked by closing its session'
    [ "$("$LAUNCH" status --json | "$PYTHON" -c \
        'import json,sys; print(json.load(sys.stdin)["last_run"]["asked_by"])'
        )" = 'closing its session' ]
}
