#!/usr/bin/env bats
# bats file_tags=sanitized
#
# F4: start returns when the worker is ready, at every log level, in every
# pool and behind wrappers; a worker that cannot say so is given time, and
# status tells.

load lib

setup_file() {
    begin_file
    redis_start
    # Celery says itself when it is ready: what start says must not be earlier.
    cat >"$APP_DIR/telling.py" <<'END'
import os
import time
from celery import signals
from tasks import app  # noqa: F401

@signals.worker_ready.connect
def ready(sender, **_):
    time.sleep(1)
    queue = sender.hostname.partition("@")[0]
    with open(os.path.join(os.environ["READY"], queue), "w") as file:
        file.write(str(os.getpid()))
END
    mkdir "$SCRATCH/ready"
    script 'wrap exec' 'exec celery "$@"'
    script 'wrap' 'celery "$@"; status=$?; echo "wrapper saw $status"; exit $status'
    script 'mute' 'unset NOTIFY_SOCKET; exec celery "$@"'
    script 'mute wrap' 'unset NOTIFY_SOCKET; celery "$@"; exit $?'
    configure_app telling "mingle = false; concurrency = 1; start_timeout = 40;
        environment = { READY = \"$SCRATCH/ready\"; };" - <<END
    { queue = "solo-info"; pool = "solo"; },
    { queue = "solo-warning"; pool = "solo"; loglevel = "warning"; },
    { queue = "threads-info"; pool = "threads"; },
    { queue = "threads-warning"; pool = "threads"; loglevel = "warning"; },
    { queue = "prefork-info"; pool = "prefork"; },
    { queue = "prefork-warning"; pool = "prefork"; loglevel = "warning"; },
    { queue = "exec"; pool = "solo"; celery_cmd = "'$SCRATCH/wrap exec'"; },
    { queue = "wrap"; pool = "prefork"; celery_cmd = "'$SCRATCH/wrap' -q"; },
    { queue = "mute"; pool = "prefork"; celery_cmd = "'$SCRATCH/mute'"; },
    { queue = "mute-solo"; pool = "solo"; celery_cmd = "'$SCRATCH/mute'"; },
    { queue = "mute-wrap"; celery_cmd = "'$SCRATCH/mute wrap'"; }
END
    # These take their time; the last tests are about them.
    "$LAUNCH" start --no-wait mute mute-solo mute-wrap
}

script() {
    printf '#!/bin/sh\n%s\n' "$2" >"$SCRATCH/$1"
    chmod +x "$SCRATCH/$1"
}

# main_pids QUEUE...: as the workers themselves say, one a line
main_pids() {
    app_python '
import sys
from tasks import app
for result in [app.send_task("tasks.main_pid", queue=queue)
               for queue in sys.argv[1:]]:
    print(result.get(timeout=30))' "$@"
}

# ready_as_said NAME...: running, ready, and known by the right pid
ready_as_said() {
    local name pid

    for name; do
        state_is "$name" running
        pid=$(worker_pid "$name")
        [ "$(cat "$SCRATCH/ready/$name")" = "$pid" ]
        echo "$pid"
    done >"$SCRATCH/pids"
    main_pids "$@" | diff "$SCRATCH/pids" -
}

POOLS="solo-info solo-warning threads-info threads-warning prefork-info \
prefork-warning"

@test "in every pool, and at a log level that never says ready" {
    # shellcheck disable=SC2086 # none of the names has a blank
    set -- $POOLS
    run "$LAUNCH" start "$@"
    (cd "$SCRATCH/ready" && ls -- "$@")
    [ "$status" -eq 0 ]
    [ "$output" = "$(printf '%s: started\n' "$@")" ]
    ready_as_said "$@"
    wait_for eval "screen celery-prefork-info | grep -q ' ready\.'"
    screen celery-prefork-warning >"$SCRATCH/screen"
    [ -s "$SCRATCH/screen" ]
    fails grep ' ready\.' "$SCRATCH/screen"
    "$LAUNCH" kill --now "$@"
}

@test "behind a wrapper that becomes Celery, and one that stays" {
    "$LAUNCH" start exec wrap
    ready_as_said exec wrap
    [ "$(ps -o ppid= "$(worker_pid exec)" | tr -d ' ')" = "$(runner_pid exec)" ]
    [ "$(ps -o ppid= "$(worker_pid wrap)" | tr -d ' ')" != "$(runner_pid wrap)" ]
}

@test "a wrapper that stays loses no task when the worker is stopped" {
    mkdir "$SCRATCH/notes"
    send_tasks -q wrap sleep 2 long "$SCRATCH/notes"
    wait_for grep -q begin "$SCRATCH/notes/tokens"
    [ "$("$LAUNCH" stop wrap)" = 'wrap: stopped' ]
    all_ended "$SCRATCH/notes" 1
    [ "$("$LAUNCH" kill exec)" = 'exec: killed' ]
}

@test "a worker that cannot say that it is ready is taken for ready in time" {
    wait_for state_is mute 'running (readiness assumed)'
    wait_for state_is mute-solo 'running (readiness assumed)'
    wait_for state_is mute-wrap 'running (readiness assumed)'
    run "$LAUNCH" start --kill-existing=false mute
    [ "$status" -eq 0 ]
    [ "$output" = 'mute: already running' ]
    # The shell around it is not taken for it.
    for name in mute mute-solo mute-wrap; do
        worker_pid "$name"
    done >"$SCRATCH/pids"
    main_pids mute mute-solo mute-wrap | diff "$SCRATCH/pids" -
}

@test "and is stopped as warmly as any other" {
    rm -f "$SCRATCH/notes/tokens"
    send_tasks -q mute sleep 2 long "$SCRATCH/notes"
    send_tasks -q mute-wrap sleep 2 longer "$SCRATCH/notes"
    wait_for grep -q 'begin long$' "$SCRATCH/notes/tokens"
    wait_for grep -q 'begin longer$' "$SCRATCH/notes/tokens"
    "$LAUNCH" stop mute mute-solo mute-wrap
    all_ended "$SCRATCH/notes" 2
    no_leftovers
    [ -z "$(sessions)" ]
}

@test "nor does it lose a task before it is taken for ready" {
    rm -f "$SCRATCH/notes/tokens"
    "$LAUNCH" start --no-wait mute-solo mute-wrap
    send_tasks -q mute-solo sleep 2 solo "$SCRATCH/notes"
    send_tasks -q mute-wrap sleep 2 wrap "$SCRATCH/notes"
    wait_for grep -q 'begin solo$' "$SCRATCH/notes/tokens"
    wait_for grep -q 'begin wrap$' "$SCRATCH/notes/tokens"
    "$LAUNCH" stop mute-solo mute-wrap
    all_ended "$SCRATCH/notes" 2
    no_leftovers
}
