#!/usr/bin/env bats
#
# How celery_tmux_watch.py judges a worker, second by second on a clock of the
# test's: what looks like one that is stuck, and what only resembles it.  And
# how it asks a broker that does not answer.

load lib

# judge: the assertions on standard input, about a worker that is free beside
# messages, of which each line of `second` is one second
judge() {
    {
        cat <<'END'
import sys
from types import SimpleNamespace as Thing
import celery_tmux_watch as module

class Line:
    def __init__(self, source):
        self.source = source
    def ask(self, queues):
        return 8
    def close(self, broken=False):
        pass

class Pool:
    num_processes = 2

Pool.__module__ = "celery.concurrency.prefork"
now, shut = [1000.0], []
module.clock = lambda: now[0]
module.lines.Line, module.lines.peer = Line, lambda one: one
module.lines.copy = lambda connection: "source"
module.lines.shut = shut.extend
queue = Thing(name="q", queue_arguments=None)
consumer = Thing(
    app=Thing(amqp=Thing(queues=Thing(consume_from={"q": queue})),
              conf=Thing(), _pool=None),
    pool=Pool(), hub=Thing(), restart_count=0, event_dispatcher=None,
    task_buckets={},
    connection=Thing(_connection=Thing(bytes_recv=1)),
    blueprint=Thing(state=1), initial_prefetch_count=4, qos=Thing(value=4),
    task_consumer=Thing(channel=Thing(), on_message=None),
    create_task_handler=lambda: None)
watch = module.watch = module.Watch(consumer, lambda message: None)
watch.in_hand = lambda: []
watch.sockets = lambda: ["healthy"]

def seconds(count, moves=True, answers=False):
    """What is found wrong meanwhile."""
    found = []
    for _ in range(count):
        now[0] += 1
        if moves:
            watch.turned = now[0]
            if "echo" in watch.orders:
                watch.orders.clear()
                watch.echoed = now[0]
            elif answers:
                consumer.connection._connection.bytes_recv += 1
        watch.look(now[0])
        if watch.trouble and watch.trouble not in found:
            found.append(watch.trouble)
    return found

END
        cat
    } >"$SCRATCH/judge.py"
    CELERY_TMUX_WATCHDOG=heal PYTHONPATH=$ROOT/launcher/runner \
        PYTHONDONTWRITEBYTECODE=1 within 30 "$PYTHON" "$SCRATCH/judge.py"
}

@test "one that is free beside messages is stuck, and is healed" {
    judge <<'END'
assert seconds(30, answers=True) == ["idle"], watch.trouble
assert shut == ["healthy"]
END
}

@test "a loop at something else is not idle, and keeps its connections" {
    judge <<'END'
assert seconds(10, answers=True) == []
assert seconds(29, moves=False) == [], watch.trouble
assert seconds(60, moves=False) == ["loop"]
assert watch.healed == 0 and shut == [], shut
END
}

@test "a loop that waits for the broker is idle as before" {
    judge <<'END'
watch.in_hand = lambda: ["waits"]
assert seconds(25, moves=False) == ["idle"]
assert "waits" in shut
END
}

@test "a connection is mute when its loop has looked for an answer" {
    judge <<'END'
Line.ask = lambda self, queues: 0
assert seconds(8) == []
while watch.echoed is None:
    assert seconds(1) == []
assert seconds(25, moves=False) == [], watch.trouble
assert seconds(20) == ["mute"], watch.trouble
END
}

@test "tasks with an ETA up to their limit, or in a quorum queue, fill it" {
    judge <<'END'
consumer.app.conf.worker_eta_task_limit = consumer.qos.value = 9
assert seconds(60, answers=True) == []
consumer.app.conf.worker_eta_task_limit = None
consumer.qos.value = 8
queue.queue_arguments = {"x-queue-type": "quorum"}
assert seconds(60, answers=True) == []
consumer.qos.value = 7
assert seconds(60, answers=True) == ["idle"]
END
}

# celery-batches has its messages in a buffer of its own, and after rate_limit
# some are in buckets that Celery has forgotten.
@test "messages that Celery does not count fill it, until acknowledged" {
    judge <<'END'
class Message:
    acknowledged = False

messages = [Message() for _ in range(4)]
hear = watch.heed(lambda message: None)
for message in messages:
    hear(message)
assert seconds(60, answers=True) == [], watch.trouble
# One more is let in for each with an ETA.
consumer.qos.value = 5
hear(Message())
messages.append(Message())
hear(messages[4])
assert seconds(60, answers=True) == [], watch.trouble
messages[1].acknowledged = True
assert seconds(30, answers=True) == ["idle"]
# What the connection before had sent is none of this one's.
messages[1].acknowledged = False
assert len(watch.messages) == 5
consumer.create_task_handler()
assert len(watch.messages) == 0
END
}

@test "what a heal has had sent once more does not prove that it helped" {
    judge <<'END'
class Message:
    acknowledged = True

hear, rounds = watch.heed(lambda message: None), 0
for _ in range(110):
    before = watch.healed
    seconds(1, answers=True)
    if watch.healed > before:
        rounds += 1
        seconds(2, answers=True)
        hear(Message())
        seconds(1, answers=True)
        assert not watch.trouble, watch.trouble
assert rounds == 2 and "break" in watch.orders, rounds
# A task that was begun proves it.
seconds(300, answers=True)
hear(Message())
module.state.all_total_count[0] += 1
seconds(1, answers=True)
assert not watch.step and watch.pause == module.AGAIN
END
}

@test "one that ends of itself is left to end, and single errors are none" {
    judge <<'END'
import threading
module.LOOK, looks = 0.001, []
done = threading.Event()
def look(moment):
    looks.append(moment)
    if len(looks) == 60:
        consumer.blueprint.state = 2
    if len(looks) % 2:
        raise ValueError("just now")
watch.look = look
watch.look_at_end = lambda moment: done.set()
thread = threading.Thread(target=watch.run)
thread.daemon = True
thread.start()
assert done.wait(20) and watch.ending is not None and len(looks) == 60
END
}

@test "a full pool may hold a blocking loop" {
    judge <<'END'
class Task:
    pass

tasks = [Task(), Task()]
for task in tasks:
    module.state.active_requests.add(task)
consumer.hub = None
assert seconds(200, moves=False) == [], watch.trouble
del task, tasks[:]
assert seconds(29, moves=False) == [], watch.trouble
assert seconds(20, moves=False) == ["loop"]
END
}

@test "a green pool is as large as it has become" {
    judge <<'END'
watch.green, consumer.hub = True, None
Pool.limit, Pool.num_processes, Pool._pool = 10, 2, Thing(size=2)

class Task:
    pass

tasks = [Task(), Task()]
for task in tasks:
    module.state.active_requests.add(task)
assert seconds(200, moves=False) == [], watch.trouble
del task, tasks[:]
assert seconds(60, moves=False) == ["loop"]
END
}

@test "a task that is tried once more has not failed" {
    judge <<'END'
from celery.exceptions import Retry
fail = module.request.Request.on_failure

def failed(exception):
    try:
        fail(object(), Thing(exception=exception))
    except AttributeError:  # this is no request
        pass
    return watch.failed

# Before billiard 4, and from then on.
assert failed(Retry("again", exc=ValueError())) == 0
assert failed(Thing(exc=Retry("again", exc=ValueError()))) == 0
assert failed(ValueError()) == 1
assert failed(Thing(exc=ValueError())) == 2
END
}

@test "an end waits longer for a slow broker while tasks run" {
    judge <<'END'
def ends(count):
    for _ in range(count):
        now[0] += 1
        watch.look_at_end(now[0])
    return shut

class Task:
    pass

watch.ending, watch.in_hand = now[0], lambda: ["waits"]
task = Task()
module.state.active_requests.add(task)
assert ends(12) == []
assert ends(6) == ["healthy", "waits"]
del task, shut[:]
assert ends(6) == ["healthy", "waits"]
END
}

@test "an end waits for what runs in the pool and Celery does not count" {
    judge <<'END'
def ends(count):
    for _ in range(count):
        now[0] += 1
        watch.look_at_end(now[0])
    return watch.trouble

watch.ending = now[0]
jobs = {1: Thing(_accepted=True, ready=lambda: False),
        2: Thing(_accepted=False, ready=lambda: False),
        3: Thing(_accepted=True, ready=lambda: True)}
Pool._pool = Thing(_cache=jobs)
assert ends(100) == ""
del jobs[1]
assert ends(30) == "end"
END
}

@test "an end that waits for redis' last answer does not stand still" {
    judge <<'END'
watch.ending = now[0]
for _ in range(60):
    now[0] += 1
    watch.turned = now[0]
    watch.look_at_end(now[0])
    assert watch.trouble == ""
for _ in range(30):
    now[0] += 1
    watch.look_at_end(now[0])
assert watch.trouble == "end"
END
}

@test "a broker that is silent is given up in time, over TLS too" {
    cat >"$SCRATCH/ask.py" <<'END'
import gc
import os
import socket
import celery_tmux_line as lines
from kombu import Connection, Queue

lines.ANSWER = 0.2
silent = socket.socket()
silent.bind(("127.0.0.1", 0))
silent.listen(100)
for scheme in "amqp", "amqps", "redis", "rediss":
    url = "%s://127.0.0.1:%d//" % (scheme, silent.getsockname()[1])
    line = lines.Line(lines.copy(Connection(url)))
    left = []
    for _ in range(8):
        assert line.ask([Queue("celery")]) is None, scheme
        gc.collect()
        left.append(len(os.listdir("/proc/self/fd")))
    assert left[7] == left[2], (scheme, left)
END
    PYTHONPATH=$ROOT/launcher/runner PYTHONDONTWRITEBYTECODE=1 \
        within 60 timeout 50 "$PYTHON" "$SCRATCH/ask.py"
}
