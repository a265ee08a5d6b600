"""The same app; each MainProcess notes in $LIVES when it consumes.

surged.py send COUNT LONGEST LONG QUEUE DIRECTORY: send so many tasks of
0.1 s to LONGEST s, every fiftieth of LONG s.

surged.py watch PROCESSES DIRECTORY: look ten times a second, until there is a
file `enough` in the directory, and append to `samples` there: the time, how
many tasks have ended, how many processes may take tasks, and how many
MainProcesses these belong to.  PROCESSES is what one of threads has, or 0: as
many as it has children.
"""

import os
import random
import sys
import time

from celery import signals
from tasks import app

if os.environ.get("LATE"):
    app.conf.task_acks_late = True
    app.conf.worker_prefetch_multiplier = 1


def _note(sign):
    with open(os.environ["LIVES"], "ab", buffering=0) as file:
        file.write(b"%s %d\n" % (sign, os.getpid()))


@signals.worker_ready.connect
def _ready(**_):
    _note(b"+")


@signals.worker_shutting_down.connect
def _leave(**_):
    _note(b"-")


def send(count, longest, long, queue, directory):
    if app.conf.broker_url.startswith("amqp:"):
        app.conf.broker_transport_options = {"confirm_publish": True}
    for number in range(int(count)):
        seconds = (float(long) if number % 50 == 49
                   else random.uniform(0.1, float(longest)))
        app.send_task("tasks.sleep", queue=queue, args=[
            seconds, "t%d" % number, directory])


def _lines(path):
    try:
        with open(path, "rb") as file:
            return file.read().splitlines()
    except IOError:
        return []


def _consuming(directory):
    """The pids of the MainProcesses that do; the kernel knows who ended."""
    pids = set()
    for line in _lines(os.path.join(directory, "lives")):
        sign, pid = line.split()
        (pids.add if sign == b"+" else pids.discard)(int(pid))
    return [pid for pid in pids if os.path.exists("/proc/%d" % pid)]


def _children(pid):
    count = 0
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            children = file.read().split()
    except IOError:
        return 0
    for child in children:
        try:
            with open("/proc/%s/stat" % child) as file:
                count += file.read().rpartition(")")[2].split()[0] not in "ZX"
        except IOError:
            pass
    return count


def watch(processes, directory):
    path = os.path.join(directory, "samples")
    with open(path, "w", buffering=1) as samples:
        while not os.path.exists(os.path.join(directory, "enough")):
            mains = _consuming(directory)
            able = sum(int(processes) or _children(pid) for pid in mains)
            ended = sum(line.startswith(b"end ") for line in _lines(
                os.path.join(directory, "tokens")))
            samples.write("%.2f %d %d %d\n" % (
                time.time(), ended, able, len(mains)))
            time.sleep(0.1)


if __name__ == "__main__":
    {"send": send, "watch": watch}[sys.argv[1]](*sys.argv[2:])
