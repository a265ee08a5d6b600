#!/usr/bin/env bats
#
# F6: however a worker ends, nothing that its tasks started outlives it, and
# the record says what happened.

load lib

setup_file() {
    begin_file
    redis_start
    configure_app tasks 'concurrency = 2; mingle = false; pool = "solo";'
}

setup() {
    # A word of its own by which pgrep finds what this test leaves behind, beside
    # another run of this file too.
    MARK=left-${SCRATCH: -6}-$BATS_TEST_NUMBER
}

# leave_all: a running worker, and one of each kind below it
leave_all() {
    "$LAUNCH" start "$@"
    app_python '
import sys
from tasks import app
for result in [app.send_task("tasks.leave", args=[kind, sys.argv[1]])
               for kind in sys.argv[2:]]:
    result.get(timeout=30)' "$MARK" child nohup setsid double_fork stubborn bare
    [ "$(pgrep -cf "^$MARK 1000")" -eq 6 ]
    session_exists celery-celery
}

# No process is left, and nobody takes the worker for one that runs.
nothing_is_left() {
    no_leftovers || return
    fails pgrep -f "^$MARK 1000" || return
    case $("$LAUNCH" status) in
    'celery: dead' | 'celery: stopped') ;;
    *) return 1 ;;
    esac
}

status_is() {
    run "$LAUNCH" status
    [ "$status" -eq "$1" ]
    [ "$output" = "celery: $2" ]
}

@test "stop leaves nothing" {
    leave_all
    [ "$("$LAUNCH" stop)" = 'celery: stopped' ]
    nothing_is_left
    status_is 3 stopped
    [ -z "$(sessions)" ]
}

@test "kill leaves nothing" {
    leave_all
    [ "$("$LAUNCH" kill)" = 'celery: killed' ]
    nothing_is_left
    status_is 3 stopped
    [ -z "$(sessions)" ]
}

@test "restart leaves nothing of the run before" {
    leave_all
    [ "$("$LAUNCH" restart)" = 'celery: restarted' ]
    fails pgrep -f "^$MARK 1000"
    [ "$(task add 2 3)" = 5 ]
}

@test "kill ends what no signal but KILL can end, in time" {
    leave_all --pool=prefork            # start restarts it with this pool
    for pid in $(descendants "$(runner_pid celery)"); do
        kill -STOP "$pid"
    done
    [ "$(within 15 "$LAUNCH" kill --stop-timeout=1)" = 'celery: killed' ]
    nothing_is_left
    [ -z "$(sessions)" ]
}

@test "tmux kill-session leaves nothing" {
    leave_all
    tmux kill-session -t =celery-celery:
    wait_for nothing_is_left
    [ -z "$(sessions)" ]
}

@test "a tmux server that is killed leaves nothing, and the worker is dead" {
    leave_all --autorestart=false
    server=$(tmux display-message -p '#{pid}')
    kill -KILL "$server"
    wait_for nothing_is_left
    status_is 4 dead
}

@test "a MainProcess that is killed leaves nothing, and that is on record" {
    leave_all --pool=prefork --autorestart=false
    runner=$(runner_pid celery)
    kill -KILL "$(worker_pid celery)"
    wait_for fails is_running "$runner"
    nothing_is_left
    status_is 4 dead
    "$LAUNCH" status -v | grep -q ' ended by signal 9 (Killed); '
    # Its screen is kept for a look.
    "$LAUNCH" logs | grep -q ' ready\.'

    [ "$("$LAUNCH" start)" = 'celery: started' ]
    status_is 0 running
    [ "$(task add 2 3)" = 5 ]
}

@test "nor does one that is back at once" {
    leave_all
    runner=$(runner_pid celery)
    kill -KILL "$(worker_pid celery)"
    wait_for fails is_running "$runner"
    wait_for status_is 0 running
    fails pgrep -f "^$MARK 1000"
    [ "$(task add 2 3)" = 5 ]
}

@test "without its runner a worker still finishes its task and leaves nothing" {
    mkdir "$SCRATCH/notes"
    "$LAUNCH" start
    task leave setsid "$MARK"
    task leave double_fork "$MARK"
    send_tasks sleep 3 long "$SCRATCH/notes"
    wait_for grep -q begin "$SCRATCH/notes/tokens"
    runner=$(runner_pid celery)
    kill -KILL "$runner"
    wait_for fails is_running "$runner"

    [ "$("$LAUNCH" stop)" = 'celery: stopped' ]
    all_ended "$SCRATCH/notes" 1
    nothing_is_left
    status_is 3 stopped
    [ -z "$(sessions)" ]
}
