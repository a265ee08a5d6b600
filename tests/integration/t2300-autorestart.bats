#!/usr/bin/env bats
# bats file_tags=soak
#
# A worker that ends by itself is back at once, without tend: what is killed
# under load, with its tmux server or by remote control.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    configure_app tasks 'concurrency = 2; mingle = false;'
}

setup() {
    NOTES=$(mktemp -d "$SCRATCH/notes XXXXXX")
}

teardown() {
    end_test
    "$LAUNCH" kill --now >/dev/null || true
}

# load COUNT SECONDS: tasks that leave tokens
load_with() {
    app_python '
import sys, tasks
for number in range(int(sys.argv[1])):
    tasks.sleep.delay(float(sys.argv[2]), number, sys.argv[3])' \
        "$1" "$2" "$NOTES"
}

begun() {
    [ "$(grep -c begin "$NOTES/tokens")" -ge "$1" ]
}

# is_another PID: the worker runs, and its MainProcess is not that one
is_another() {
    "$LAUNCH" status --json | jq -e --argjson old "$1" '.state == "running"
        and .mainprocess != null and .mainprocess != $old'
}

# milliseconds COMMAND...: how long it takes
milliseconds() {
    local begin=${EPOCHREALTIME/./}

    "$@" >&2
    echo $(((${EPOCHREALTIME/./} - begin) / 1000))
}

# The figure is not a limit: it depends on what else the machine does.
@test "SIGKILL of MainProcess under load: ready again without tend" {
    start=$(milliseconds "$LAUNCH" start)
    load_with 200 0.05
    for round in 1 2 3; do
        main=$(worker_pid celery)
        wait_for begun $((round * 10))
        kill -KILL "$main"
        again=$(milliseconds wait_for is_another "$main")
        tell "SIGKILL of MainProcess: ready again after $again ms;" \
            "start took $start ms"
    done
    "$LAUNCH" status -v | grep -q 'the last run .* ended by signal 9 (Killed);'
    # It consumes, and what was not yet begun is done.
    [ "$(task add 2 3)" = 5 ]
    [ -z "$("$LAUNCH" tend)" ]
    [ "$(tmux list-panes -a -F '#{pane_dead}')" = 0 ]
}

@test "SIGKILL of the tmux server: tasks finish, and a successor is ready without tend" {
    "$LAUNCH" start
    main=$(worker_pid celery)
    server=$(tmux display-message -p '#{pid}')
    load_with 4 2
    wait_for begun 2
    kill -KILL "$server"
    wait_for -t 60 is_another "$main"
    wait_for all_ended "$NOTES" 4
    [ "$(grep -c begin "$NOTES/tokens")" -eq 4 ]
    [ "$(tmux display-message -p '#{pid}')" != "$server" ]
    session_exists celery-celery
    "$LAUNCH" status -v | grep -q 'asked by the end of its tmux server'
    [ -z "$("$LAUNCH" tend)" ]
}

@test "SIGKILL of the runner: one tend replaces it warmly, and no task is lost" {
    "$LAUNCH" start
    main=$(worker_pid celery)
    runner=$(runner_pid celery)
    load_with 4 2
    wait_for begun 2
    kill -KILL "$runner"
    wait_for fails is_running "$runner"
    [ "$("$LAUNCH" tend)" = 'celery: draining (its runner was killed)' ]
    wait_for all_ended "$NOTES" 4
    wait_for state_is celery running
    fails is_running "$main"
    [ "$(grep -c begin "$NOTES/tokens")" -eq 4 ]
}

@test "control.shutdown is a person's wish: down, told, and left so by tend" {
    "$LAUNCH" start
    load_with 1 2
    wait_for begun 1
    app_python 'import tasks; tasks.app.control.shutdown()'
    wait_for state_is celery stopped
    all_ended "$NOTES" 1
    run "$LAUNCH" status -v
    [ "$status" -eq 3 ]
    [[ $output = *'ended with status 0, asked by control.shutdown;'* ]]
    [ -z "$("$LAUNCH" tend)" ]
    [ "$(worker_field celery state)" = stopped ]
    # A child that ends has tmux look for one that it missed (F12).
    wait_for eval 'tmux run-shell true; [ -z "$(sessions)" ]'
}

# Our module is one that Celery has imported for tasks, and it may forget where
# it speaks to when it is reloaded.
@test "control.shutdown ends a worker whose pool was restarted with a reload" {
    cat >"$APP_DIR/reloaded.py" <<'END'
import os

from tasks import app

app.conf.worker_pool_restarts = True
with open(os.environ["NOTES"] + "/loads", "a") as file:
    file.write("once\n")
END
    "$LAUNCH" start --app=reloaded --pool=solo --include=reloaded \
        --environment="NOTES=$NOTES"
    main=$(worker_pid celery)
    app_python 'import tasks
tasks.app.control.pool_restart(reload=True, reply=True, limit=1, timeout=20)'
    # What was to be reloaded was.
    [ "$(wc -l <"$NOTES/loads")" -gt 1 ]
    app_python 'import tasks; tasks.app.control.shutdown()'
    wait_for fails is_running "$main"
    wait_for state_is celery stopped
    run "$LAUNCH" status -v
    [[ $output = *'ended with status 0, asked by control.shutdown;'* ]]
}

@test "TERM to MainProcess alone is nobody's wish: it ends warmly and is back" {
    "$LAUNCH" start
    main=$(worker_pid celery)
    load_with 2 2
    wait_for begun 2
    kill -TERM "$main"
    wait_for -t 60 is_another "$main"
    all_ended "$NOTES" 2
}
