#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost, and no worker that hangs: the very moments at which it would
# happen, again and again, on redis, and on RabbitMQ where it would there.

load lib
load rabbit

setup_file() {
    begin_file
    redis_start
    ! rabbit_exists || rabbit_start
    export NOTES="$SCRATCH/notes"
    mkdir "$NOTES"
}

setup() {
    rm -f "$NOTES"/*
}

teardown_file() {
    rabbit_stop
    end_file
}

# end_amid_messages PID NAME: end MainProcess, or all of them by remote control
# where PID is "remotely"; wake its loop, which waits for a message then, by a
# question or by that; and send 30 tasks, all but one from then on (the first
# one is sent before, for that makes the connection)
end_amid_messages() {
    app_python '
import os, signal, sys, time
from tasks import app
pid, name, directory = sys.argv[1:4]
def send(number):
    app.send_task("tasks.sleep", args=[
        0, "%s-%d" % (name, number), directory])
def ask():
    app.control.broadcast("ping", reply=True, limit=1, timeout=20)
send(0)
ask()
time.sleep(0.2)
if pid == "remotely":
    app.control.shutdown()
else:
    os.kill(int(pid), signal.SIGTERM)
    ask()
for number in range(1, 30):
    send(number)
    time.sleep(0.03)' "$1" "$2" "$NOTES"
}

# messages_are_done_once [remotely]: by a worker that is idle and ends
messages_are_done_once() {
    local round pid

    configure_app tasks 'concurrency = 2;'
    "$LAUNCH" start
    for round in 1 2 3; do
        pid=$(worker_pid celery)
        end_amid_messages "${1-$pid}" "$round"
        wait_for fails is_running "$pid"
        "$LAUNCH" start
    done
    wait_for all_ended "$NOTES" 90 || true
    tell "an idle worker ends as messages come: $round ends, 90 messages:" \
        "$(tokens_ended "$NOTES") done"
    [ "$(tokens_ended "$NOTES")" -eq 90 ]
    [ "$(grep -c '^end ' "$NOTES/tokens")" -eq 90 ]
    "$LAUNCH" kill
    no_leftovers
}

# On RabbitMQ what nobody has acknowledged is never lost.
@test "a message that comes while an idle worker ends is done once" {
    messages_are_done_once
}

@test "a message that comes while one ends by remote control is done once" {
    messages_are_done_once remotely
}

# Celery holds a lock while it looks for whom to tell of an end.
@test "a second signal in the midst of the first does not hang the worker" {
    local second pid

    cat >"$APP_DIR/amid.py" <<'END'
import os
import signal

from celery import signals
from tasks import app  # noqa: F401


class Amid(object):
    def __init__(self, lock):
        self.lock = lock
        self.second = getattr(signal, os.environ["SECOND"])

    def __enter__(self):
        self.lock.acquire()
        second, self.second = self.second, None
        if second:
            os.kill(os.getpid(), second)

    def __exit__(self, *_):
        self.lock.release()


@signals.worker_ready.connect
def begin(**_):
    signals.worker_shutting_down.lock = Amid(signals.worker_shutting_down.lock)
END
    for second in SIGTERM SIGQUIT; do
        configure_app amid \
            "concurrency = 1; environment = { SECOND = \"$second\"; };
            autorestart = false;"
        "$LAUNCH" start
        pid=$(worker_pid celery)
        kill -TERM "$pid"
        wait_for -t 20 fails is_running "$pid"
        wait_for no_leftovers
    done
}

# end_amid_beginning PID: end MainProcess, or all of them where that is
# "remotely", when the pool has begun the first of three tasks and has not said
# so; a question wakes its loop then
end_amid_beginning() {
    app_python '
import os, signal, sys, time
from tasks import app
app.control.broadcast("ping", reply=True, limit=1, timeout=20)
for number in range(3):
    app.send_task("tasks.sleep", args=[0, str(number), sys.argv[2]])
while not os.path.exists(sys.argv[3]):
    time.sleep(0.01)
if sys.argv[1] == "remotely":
    app.control.shutdown()
else:
    os.kill(int(sys.argv[1]), signal.SIGTERM)
app.control.broadcast("ping")' "$1" "$NOTES" "$SCRATCH/begins"
}

# A process of the pool says that it begins a task before it does; the loop
# has to read that, or the task is given back as one that nobody has begun.
beginning_is_noticed() {
    local pid

    cat >"$APP_DIR/late.py" <<'END'
import os
import time

from billiard.pool import ACK
from celery.concurrency import asynpool
from tasks import app  # noqa: F401


def begin(self, pid, on_loop_start=asynpool.Worker.on_loop_start):
    on_loop_start(self, pid)
    put = self.outq.put

    def late(message):
        if message[0] == ACK and not os.path.exists(os.environ["BEGINS"]):
            open(os.environ["BEGINS"], "w").close()
            # Longer than an answer of redis is waited for.
            time.sleep(1.5)
        put(message)

    self.outq.put = late


asynpool.Worker.on_loop_start = begin
END
    configure <<END
defaults = { app = "late"; worker_dir = "$APP_DIR"; broker = "$REDIS_URL"; };
workers = ( { queue = "celery"; concurrency = 1; autorestart = false;
              environment = { BEGINS = "$SCRATCH/begins"; }; } );
END
    rm -f "$SCRATCH/begins"
    "$LAUNCH" start
    pid=$(worker_pid celery)
    end_amid_beginning "${1-$pid}"
    wait_for -t 60 fails is_running "$pid"
    # The others were given back.
    [ "$(cat "$NOTES/tokens")" = $'begin 0\nend 0' ]
    "$LAUNCH" start
    wait_for all_ended "$NOTES" 3
    "$LAUNCH" stop
    [ "$(sort "$NOTES/tokens")" = \
        $'begin 0\nbegin 1\nbegin 2\nend 0\nend 1\nend 2' ]
    no_leftovers
}

@test "a task that begins while a worker ends is done once" {
    beginning_is_noticed
}

@test "a task that begins while one ends by remote control is done once" {
    beginning_is_noticed remotely
}

@test "a task that begins while a worker ends is done once, RabbitMQ" {
    [ -n "${RABBIT_URL-}" ] || skip 'there is no rabbitmq-server here'
    # Where lib.bash looks for the broker.
    REDIS_URL=$RABBIT_URL
    beginning_is_noticed
}
