#!/usr/bin/env bats
#
# The record of a worker that has ended, and is to stay so, holds none of its
# settings: neither the broker's password nor a variable's value nor the text
# of a command.  All else goes on working.

load lib

setup_file() {
    begin_file
    redis_start
    export RECORDS=$HOME/.local/state/celery-tmux NOTES=$SCRATCH/notes
    mkdir "$NOTES"
    for name in password variable command; do
        echo "$name$SRANDOM$SRANDOM"
    done >"$SCRATCH/words"
    redis-cli -p "$REDIS_PORT" config set requirepass \
        "$(sed -n 1p "$SCRATCH/words")"
    REDIS_URL=redis://:$(sed -n 1p "$SCRATCH/words")@127.0.0.1:$REDIS_PORT/0
}

setup() {
    worker='{ queue = "celery"; }'
    settings
    rm -f "$NOTES"/*
}

# settings: the configuration with $worker and another that never runs
settings() {
    configure <<CONF
defaults = {
    app = "tasks"; worker_dir = "$APP_DIR"; pool = "solo"; stop_timeout = 60;
    broker = "$REDIS_URL"; mingle = false;
    environment = { VALUE = "$(sed -n 2p "$SCRATCH/words")"; };
    worker_setup_cmd = ": $(sed -n 3p "$SCRATCH/words")";
};
workers = ( $worker { queue = "other"; } );
CONF
    sed -i 's/} {/}, {/' "$HOME/.config/celery-tmux/celery-tmux.conf"
}

# words_kept COUNT: so many of the three stand below the state directory
words_kept() {
    [ "$(grep -r -h -o -F -f "$SCRATCH/words" "$RECORDS" | sort -u | wc -l)" \
        -eq "$1" ]
}

begin() {
    "$LAUNCH" start celery
    words_kept 3
}

# is_forgotten: and what only looks goes on as ever
is_forgotten() {
    words_kept 0
    run "$LAUNCH" status celery
    [ "$status $output" = '3 celery: stopped' ]
    "$LAUNCH" logs --last-run celery | grep -q .
    run "$LAUNCH" tend
    [ "$status $output" = '0 ' ]
}

# begin_task: one that goes on until it is let go
begin_task() {
    touch "$NOTES/held"
    (send_tasks sleep 0 one "$NOTES")
    wait_for grep -q '^begin' "$NOTES/tokens"
}

@test "after stop, kill and kill --now; and it starts again" {
    for act in stop kill 'kill --now'; do
        begin
        # shellcheck disable=SC2086 # two words
        "$LAUNCH" $act celery
        is_forgotten
        # Again, with nothing there.
        "$LAUNCH" stop celery
        "$LAUNCH" kill --queue celery
    done
}

@test "after apply let the worker go" {
    begin
    worker=
    settings
    run "$LAUNCH" apply
    [[ $output = *'celery: stopped (no longer configured)'* ]]
    "$LAUNCH" stop other
    words_kept 0
}

@test "after a drain that ended when nobody waited any more" {
    begin
    begin_task
    run "$LAUNCH" stop celery --stop-timeout=1
    [ "$status" -eq 75 ]
    words_kept 3
    rm "$NOTES/held"
    wait_for state_is celery stopped
    wait_for words_kept 0
    is_forgotten
}

@test "after its session was closed" {
    begin
    tmux kill-session -t =celery-celery:
    wait_for state_is celery stopped
    wait_for words_kept 0
    is_forgotten
}

@test "what a call that was cut off left is removed by stop, and by tend" {
    for act in stop kill tend; do
        begin
        record=$(echo "$RECORDS"/*/celery-celery)
        run=$(run_of "$record")
        cp "$run/worker" "$SCRATCH/worker"
        "$LAUNCH" stop celery
        mkdir "$record/runs/12345678"
        # With an earlier version they lay in the record itself.
        for file in "$run"/worker{,.1234} "$record/runs/12345678/worker" \
            "$record"/worker "$record"/next{,.1234}; do
            cp "$SCRATCH/worker" "$file"
        done
        words_kept 3
        run "$LAUNCH" "$act"
        [ "$status" -eq 0 ]
        [ "$act" != tend ] || [ -z "$output" ]
        is_forgotten
    done
}

@test "after stop and kill of one whose runner was killed" {
    for act in stop kill; do
        begin
        kill -KILL "$(runner_pid celery)"
        wait_for eval '[[ $("$LAUNCH" status celery) = *"(runner gone)" ]]'
        "$LAUNCH" "$act" celery
        words_kept 0
    done
}

@test "a worker that is to run keeps them, dead or asked for anew" {
    begin
    kill -KILL "$(runner_pid celery)" "$(worker_pid celery)"
    wait_for eval '[[ $("$LAUNCH" status celery) = "celery: dead"* ]]'
    words_kept 3
    "$LAUNCH" tend
    wait_for state_is celery running
    words_kept 3
    begin_task
    run "$LAUNCH" restart celery --stop-timeout=1
    [ "$status" -eq 75 ]
    rm "$NOTES/held"
    wait_for state_is celery running
    words_kept 3
    "$LAUNCH" stop celery
    is_forgotten
}

@test "a listener that hears nothing holds up no worker" {
    cat >"$SCRATCH/full.py" <<'END'
import os
import socket
import sys
import time

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.setblocking(False)
try:
    while True:
        sender.sendto(b"x", sys.argv[1])
except BlockingIOError:
    pass
os.environ["NOTIFY_SOCKET"] = sys.argv[1]
sys.path[:0] = sys.argv[2:]
began = time.monotonic()
used = time.process_time()
import celery_tmux
print("imported", time.monotonic() - began, time.process_time() - used)
# One that goes on is heard, however full it was.
if os.fork() == 0:
    time.sleep(1)
    while b"READY" not in listener.recv(100):
        pass
    os._exit(0)
celery_tmux.notify("READY=1")
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
END
    "$LAUNCH" start celery --no-wait
    module=$(run_of "$RECORDS"/*/celery-celery)/python
    run timeout 60 "$PYTHON" "$SCRATCH/full.py" "$SCRATCH/full" "$module"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = imported* ]]
}
