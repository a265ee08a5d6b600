"""What the benches against peers measure with, and where they write it.

A row of the data is one measurement: case, measure, way, size, run, value,
unit.  The bench has a namespace of pids for itself, so the pids that a command
used up are the processes and threads that were created for it, by whomever.
"""

import csv
import os
import statistics
import subprocess
import sys
import time

SCRATCH = os.environ["SCRATCH"]
sys.path.insert(0, os.path.join(SCRATCH, "app"))


class Data:
    def __init__(self, path):
        self.file = open(path, "a", newline="")
        self.writer = csv.writer(self.file, lineterminator="\n")
        self.rows = []

    def add(self, case, measure, way, size, run, value, unit):
        if isinstance(value, float):
            value = round(value, 6 if unit == "s" else 3)
        self.rows.append((case, measure, way, size, value, unit))
        self.writer.writerow((case, measure, way, size, run, value, unit))
        self.file.flush()

    def tell(self):
        """Each peer beside this program: peer, ours, ratio, runs, spread."""
        seen = {}
        for case, measure, way, size, value, unit in self.rows:
            seen.setdefault((case, measure, size, unit), {}).setdefault(
                way, []).append(value)
        for (case, measure, size, unit), ways in seen.items():
            ours = [name for name in ways if name.startswith("celery-tmux")]
            print("%s: %s%s, %s" % (case, measure,
                                    " of %s" % size if size else "", unit))
            for name, values in sorted(ways.items(),
                                       key=lambda one: one[0] not in ours):
                middle = statistics.median(values)
                text = "    %-26s %10.4g  (%d runs, %.4g to %.4g)" % (
                    name, middle, len(values), min(values), max(values))
                if ours and name not in ours:
                    mine = statistics.median(ways[ours[0]])
                    if middle:
                        text += "  ours / its: %.3g" % (mine / middle)
                print(text)
        sys.stdout.flush()


def last_pid():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


class Took:
    """A command run: seconds, ms of its processor, and pids from `first`."""

    def __init__(self, words, env, cwd, log):
        files = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                 (os.POSIX_SPAWN_OPEN, 1, log,
                  os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                 (os.POSIX_SPAWN_DUP2, 1, 2)]
        self.first = last_pid()
        self.began = time.monotonic()
        os.chdir(cwd)
        pid = os.posix_spawnp(words[0], words, env, file_actions=files)
        _, status, used = os.wait4(pid, 0)
        self.seconds = time.monotonic() - self.began
        self.processor = 1000 * (used.ru_utime + used.ru_stime)
        self.status = os.waitstatus_to_exitcode(status)

    def created(self):
        """How many processes and threads so far; to be asked once."""
        return last_pid() - self.first - 1


def take(way, words):
    took = Took(words, way.env, way.app, way.path("said"))
    if took.status:
        print("%s: status %d from %s" % (way.label, took.status,
                                         " ".join(words)), file=sys.stderr)
    return took


def lines(path):
    try:
        with open(path) as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


def in_turn(ways, runs):
    """(run, way), so that whatever else the machine does meets all alike."""
    for run in range(1, runs + 1):
        for way in ways:
            yield run, way


def sender():
    """One connection for all that is sent."""
    from benched import app
    producer = app.producer_pool.acquire(block=True)

    def send(queue, name, *arguments):
        app.send_task("benched." + name, arguments, queue=queue,
                      producer=producer, ignore_result=True)
    return send


def about(taking_part):
    """Machine, versions and date, as rows of the data."""
    def said(*words):
        return subprocess.run(words, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout.decode().split(
                                  "\n")[0].strip()

    def version(package):
        return said("dpkg-query", "-W", "-f", "${Version}", package)

    with open("/proc/cpuinfo") as file:
        model = [line.split(": ", 1)[1].strip() for line in file
                 if line.startswith("model name")]
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) // 1048576
    with open("/etc/os-release") as file:
        system = [line.split('"')[1] for line in file
                  if line.startswith("PRETTY_NAME")][0]
    yield "date", time.strftime("%Y-%m-%d %H:%M", time.gmtime()) + " UTC"
    yield "machine", "%d x %s, %d GiB" % (len(model), model[0], memory)
    yield "system", "%s, Linux %s" % (system, os.uname().release)
    yield "load", "%.1f" % os.getloadavg()[0]
    yield "celery-tmux", said(os.environ["LAUNCH"], "--version").split()[-1]
    for package in ("celery", "tmux", "redis-server", "supervisor", "runit",
                    "pdsh", "clustershell", "parallel"):
        yield package, version(package)
    for way in taking_part:
        if way.word == "systemd":
            yield way.word, version(way.word)
        elif way.word == "overmind":
            yield way.word, said(os.environ["OVERMIND"],
                                 "--version").split()[-1]
