#!/usr/bin/env bats
#
# F1: whatever ends a worker warmly, running tasks finish, each waiting task
# is done once, and MainProcess hears TERM once a run.

load lib

setup_file() {
    begin_file
    redis_start
    export NOTES="$SCRATCH/notes"
    mkdir "$NOTES"
    # Celery sends this signal each time TERM reaches it.
    cat >"$APP_DIR/counting.py" <<'END'
import os
from celery import signals
from tasks import app  # noqa: F401

@signals.worker_shutting_down.connect
def note(sig, how, **_):
    with open(os.path.join(os.environ["NOTES"], "terms"), "a") as file:
        file.write("%d %s %s\n" % (os.getpid(), sig, how))
END
    configure <<END
defaults = {
    app = "counting"; worker_dir = "$APP_DIR"; broker = "$REDIS_URL";
    concurrency = 4; pool = "prefork"; mingle = false; stop_timeout = 40;
    environment = { NOTES = "$NOTES"; };
};
workers = ( { queue = "celery"; } );
END
}

setup() {
    rm -f "$NOTES"/*
}

# Every waiting or running task is one of these.
begun() {
    grep -c '^begin ' "$NOTES/tokens" 2>/dev/null || true
}

begun_more_than() {
    [ "$(begun)" -gt "$1" ]
}

# act COMMAND...: while tasks run and others wait; no task is cut off by it
act() {
    local before

    before=$(begun)
    wait_for begun_more_than "$before"
    "$@"
    [ "$(tokens_ended "$NOTES")" -lt 40 ]
}

term_to_runner() {
    local runner

    runner=$(runner_pid celery)
    kill "$runner"
    wait_for fails is_running "$runner"
}

# one_term COUNT: COUNT runs were ended, each by one TERM
one_term() {
    [ "$(wc -l <"$NOTES/terms")" -eq "$1" ]
    [ "$(cut -d ' ' -f 1 "$NOTES/terms" | sort -u | wc -l)" -eq "$1" ]
    fails grep -v ' Warm$' "$NOTES/terms"
}

@test "forty tasks over four ends of the worker: none is lost, none done twice" {
    "$LAUNCH" start
    app_python '
import sys
from tasks import app
for number in range(40):
    app.send_task("tasks.sleep", queue="celery", args=[
        number % 10 * 0.1 + 0.3, "t%d" % number, sys.argv[1]])' "$NOTES"

    act "$LAUNCH" restart
    act "$LAUNCH" stop
    [ -z "$(tokens_lost "$NOTES")" ]
    "$LAUNCH" start
    act term_to_runner
    [ -z "$(tokens_lost "$NOTES")" ]
    "$LAUNCH" start
    act "$LAUNCH" start                 # kill_existing is on by default
    wait_for all_ended "$NOTES" 40

    [ -z "$(tokens_lost "$NOTES")" ]
    [ "$(begun)" -eq 40 ]
    [ "$(grep -c '^end ' "$NOTES/tokens")" -eq 40 ]
    one_term 4
}

@test "TERM is sent once, however often the end is asked for" {
    send_tasks sleep 4 long "$NOTES"
    wait_for begun_more_than 0
    runner=$(runner_pid celery)

    "$LAUNCH" stop >"$SCRATCH/first" 3>&- &
    wait_for state_is celery draining
    kill "$runner"
    "$LAUNCH" stop >"$SCRATCH/second" 3>&- &
    "$LAUNCH" kill >"$SCRATCH/third" 3>&- &
    for _ in 1 2 3; do
        kill "$runner"
        state_is celery draining
    done
    fails all_ended "$NOTES" 1
    wait
    [ "$(cat "$SCRATCH/first")" = 'celery: stopped' ]
    [ "$(cat "$SCRATCH/second")" = 'celery: stopped' ]
    [ "$(cat "$SCRATCH/third")" = 'celery: killed' ]
    all_ended "$NOTES" 1
    one_term 1
}

@test "stop does not force a task that outlasts stop_timeout" {
    "$LAUNCH" start
    send_tasks sleep 4 long "$NOTES"
    wait_for begun_more_than 0

    run "$LAUNCH" stop --stop-timeout=1
    [ "$status" -eq 75 ]
    [[ $output = *'tasks still run after 1 s'* ]]
    fails all_ended "$NOTES" 1
    state_is celery draining

    wait_for state_is celery stopped
    all_ended "$NOTES" 1
    one_term 1
    no_leftovers
    [ -z "$(sessions)" ]
}
