#!/usr/bin/env bats
#
# Nothing lost: the session is closed while tasks run (F7).

load lib
load losses

@test "a session that is closed by hand loses no task, and says why it ended" {
    with tasks
    survive close_session
    "$LAUNCH" status -v | grep -q 'asked by closing its session'
}

@test "a closed session is a stop, and the record says so" {
    with tasks 'pool = "solo";'
    "$LAUNCH" start
    tmux kill-session -t =celery-celery:
    wait_for eval '[ "$("$LAUNCH" status)" = "celery: stopped" ]'
    "$LAUNCH" status -v | grep -q 'asked by closing its session'
    [ "$("$LAUNCH" status --json | "$PYTHON" -c \
        'import json,sys; print(json.load(sys.stdin)["last_run"]["asked_by"])'
        )" = 'closing its session' ]
}
