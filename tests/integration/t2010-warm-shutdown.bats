#!/usr/bin/env bats
# bats file_tags=sanitized
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
    configure_app counting "concurrency = 4; pool = \"prefork\";
        mingle = false; stop_timeout = 50;
        environment = { NOTES = \"$NOTES\"; };" - <<END
    { queue = "celery"; },
    { queue = "solo"; pool = "solo"; },
    { queue = "threads"; pool = "threads"; concurrency = 1; }
END
}

setup() {
    rm -f "$NOTES"/*
    : >"$NOTES/terms"
}

# Every waiting or running task is one of these.
begun() {
    grep -c '^begin ' "$NOTES/tokens" 2>/dev/null || true
}

ended() {
    grep -c '^end ' "$NOTES/tokens" 2>/dev/null || true
}

begun_more_than() {
    [ "$(begun)" -gt "$1" ]
}

# All four processes are at work on a task after the first COUNT.
four_run() {
    begun_more_than "$1" && [ "$(begun)" -eq "$(($(ended) + 4))" ]
}

all_have_ended() {
    [ "$(begun)" -eq "$(ended)" ]
}

terms() {
    wc -l <"$NOTES/terms"
}

# act COMMAND...: while four tasks run and others wait.  Not while one begins
# or ends: Celery itself may give such a task back although it was done.
act() {
    local terms pid

    terms=$(terms)
    wait_for four_run "$(ended)"
    "$@" 3>&- &
    pid=$!
    wait_for has_term "$((terms + 1))"
    rm "$NOTES/held"
    wait_for all_have_ended
    touch "$NOTES/held"
    wait "$pid"
    # The next worker may have ended some of its own by now.
    [ "$(tokens_ended "$NOTES")" -ge "$((4 * (terms + 1)))" ]
}

has_term() {
    [ "$(terms)" -eq "$1" ]
}

term_to_runner() {
    local runner

    runner=$(runner_pid celery)
    kill "$runner"
    # A pool process of Celery's may wait 30 s until its result was fetched.
    wait_for -t 45 fails is_running "$runner"
}

# one_term COUNT: COUNT runs were ended, each by one TERM
one_term() {
    [ "$(wc -l <"$NOTES/terms")" -eq "$1" ]
    [ "$(cut -d ' ' -f 1 "$NOTES/terms" | sort -u | wc -l)" -eq "$1" ]
    fails grep -v ' Warm$' "$NOTES/terms"
}

@test "forty tasks over three ends of the worker: none is lost, none done twice" {
    touch "$NOTES/held"
    "$LAUNCH" start celery
    app_python '
import sys
from tasks import app
for number in range(40):
    app.send_task("tasks.sleep", queue="celery", args=[
        0.1, "t%d" % number, sys.argv[1]])' "$NOTES"

    act "$LAUNCH" restart celery
    act "$LAUNCH" stop celery
    [ -z "$(tokens_lost "$NOTES")" ]
    "$LAUNCH" start celery
    act term_to_runner
    [ -z "$(tokens_lost "$NOTES")" ]
    rm "$NOTES/held"
    "$LAUNCH" start celery
    wait_for all_ended "$NOTES" 40

    [ -z "$(tokens_lost "$NOTES")" ]
    [ "$(begun)" -eq 40 ]
    [ "$(ended)" -eq 40 ]
    one_term 3
}

@test "TERM is sent once, however often the end is asked for" {
    touch "$NOTES/held"
    send_tasks sleep 0 long "$NOTES"
    wait_for begun_more_than 0
    runner=$(runner_pid celery)

    "$LAUNCH" stop celery >"$SCRATCH/first" 3>&- &
    wait_for state_is celery draining
    kill "$runner"
    # They find it alive, and say what they want.
    wanted=$(echo "$HOME"/.local/state/celery-tmux/*/celery-celery/wanted)
    # shellcheck disable=SC2034 # for eval
    before=$(cat "$wanted")
    "$LAUNCH" stop celery >"$SCRATCH/second" 3>&- &
    wait_for eval '[ "$(cat "$wanted")" != "$before" ]'
    "$LAUNCH" kill celery >"$SCRATCH/third" 3>&- &
    wait_for grep -qx 'by kill' "$wanted"
    for _ in 1 2 3; do
        kill "$runner"
        state_is celery draining
    done
    fails all_ended "$NOTES" 1
    rm "$NOTES/held"
    wait
    [ "$(cat "$SCRATCH/first")" = 'celery: stopped' ]
    [ "$(cat "$SCRATCH/second")" = 'celery: stopped' ]
    [ "$(cat "$SCRATCH/third")" = 'celery: killed' ]
    all_ended "$NOTES" 1
    one_term 1
}

@test "stop does not force a task that outlasts stop_timeout" {
    "$LAUNCH" start solo
    touch "$NOTES/held"
    send_tasks -q solo sleep 0 long "$NOTES"
    wait_for begun_more_than 0
    # The watch looks once a second.
    wait_for eval '[ "$(worker_field solo busy)" = 1 ]'

    run "$LAUNCH" stop solo --stop-timeout=1
    [ "$status" -eq 75 ]
    [[ $output = *'tasks are still running after 1 s'* ]]
    fails all_ended "$NOTES" 1
    state_is solo draining

    rm "$NOTES/held"
    wait_for state_is solo stopped
    all_ended "$NOTES" 1
    one_term 1
    wait_for no_leftovers
    # A child that ends has tmux look for one that it missed (F12).
    wait_for eval 'tmux run-shell true; [ -z "$(sessions)" ]'
}

# In these pools a task runs in MainProcess itself, where the signal arrives.
@test "a task that runs in MainProcess finishes as well" {
    "$LAUNCH" start solo threads
    for queue in solo threads; do
        mkdir "$SCRATCH/$queue"
        send_tasks -q "$queue" -n 2 sleep 2 'task{}' "$SCRATCH/$queue"
    done
    wait_for grep -q begin "$SCRATCH/threads/tokens"
    wait_for grep -q begin "$SCRATCH/solo/tokens"
    "$LAUNCH" stop solo threads
    for queue in solo threads; do
        [ -z "$(tokens_lost "$SCRATCH/$queue")" ]
        # What was not begun waits for the next run.
        [ "$(redis-cli -u "$REDIS_URL" llen "$queue")" -eq \
            $((2 - $(tokens_ended "$SCRATCH/$queue"))) ]
    done
    [ "$(redis-cli -u "$REDIS_URL" hlen unacked)" -eq 0 ]
    one_term 2
    no_leftovers
}

@test "TERM that comes while MainProcess prints is not lost" {
    # It prints, and nothing else, for seconds after it said that it is ready.
    cat >"$APP_DIR/loud.py" <<'END'
import sys
import time
from celery import signals
from tasks import app  # noqa: F401

def talk(**_):
    end = time.monotonic() + 4
    while time.monotonic() < end:
        sys.__stderr__.write("x" * 65536 + "\n")

# As late as this: whoever listens already is told first.
@signals.celeryd_after_setup.connect
def listen(**_):
    signals.worker_ready.connect(talk, weak=False)
END
    for _ in 1 2 3; do
        "$LAUNCH" start solo --app=loud
        run "$LAUNCH" stop solo --stop-timeout=40
        [ "$status" -eq 0 ]
        [ "$output" = 'solo: stopped' ]
    done
}

# eventlet's os.write may not, from 0.37 on: it waits for room first.
@test "nor does it fail where os.write may not be called in a handler" {
    cat >"$SCRATCH/said.py" <<'END'
import os

import celery_tmux as module


def write(*_):
    raise RuntimeError("do not call blocking functions from the mainloop")


os.write = write
module.say("worker: Warm shutdown")
END
    PYTHONPATH=$ROOT/launcher/runner PYTHONDONTWRITEBYTECODE=1 \
        "$PYTHON" "$SCRATCH/said.py" 2>"$SCRATCH/said" || cat "$SCRATCH/said"
    [ "$(cat "$SCRATCH/said")" = $'\nworker: Warm shutdown' ]
}

# kombu 5.6 makes polling_interval the time that redis has for a BRPOP.
@test "an end waits for redis as long as that may keep a message back" {
    cat >"$SCRATCH/patience.py" <<'END'
from types import SimpleNamespace as Thing

import celery_tmux as module

now = [1000.0]
module.clock = lambda: now[0]


def waits(*channels):
    for channel in channels:
        channel._brpop_start, channel._in_poll = None, True
        channel.qos = Thing()
    arrivals = module.Arrivals(Thing(
        hub=None, pool=None,
        connection=Thing(transport=Thing(channels=channels))))
    begun = now[0]
    while not arrivals.are_complete():
        now[0] += 0.5
    return now[0] - begun


assert waits() < 3
assert waits(Thing()) == 3
assert waits(Thing(brpop_timeout=1)) == 3
assert waits(Thing(brpop_timeout=1), Thing(brpop_timeout=20.0)) == 22
END
    PYTHONPATH=$ROOT/launcher/runner PYTHONDONTWRITEBYTECODE=1 \
        "$PYTHON" "$SCRATCH/patience.py"
}
