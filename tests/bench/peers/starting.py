"""A start without Celery's own time: the worker is a stand-in that says at once
that it is ready.  What the command takes, what is created for it, and what
processor it takes altogether, with that of servers and daemons: in a cgroup,
where there is one.  Instructions are those of the command and its children, as
callgrind counts them, once.

celery multi is missing: it starts Celery itself, and that a second time.
"""

import glob
import os
import statistics
import time

import measure
import peers
import supervisors
import ways

RUNS = int(os.environ.get("STARTS", 2))
GROUPS = os.environ.get("CGROUPS")
STAND_IN = os.path.join(measure.SCRATCH, "stand-in")
GOAL = 1.5


class Launch(ways.Launch):
    def begin(self):
        super().begin()
        self.write(".config/celery-tmux/celery-tmux.conf", """
workers = ( { queue = "%s"; celery_cmd = "%s"; } );
""" % (self.queue, STAND_IN))
        self.stop = [os.environ["LAUNCH"], "kill", "--now"]


class NoWait(Launch):
    word, label = "no-wait", "celery-tmux, --no-wait"

    def begin(self):
        super().begin()
        self.start = self.start + ["--no-wait"]


def of_stand_in(kind):
    return type("StandIn", (kind,), {"command": STAND_IN})


def move(group):
    """This process, and what it starts from now on."""
    if GROUPS:
        os.makedirs(group, exist_ok=True)
        with open(group + "/cgroup.procs", "w") as file:
            file.write("0")


def group_of(way_or_kind):
    return "%s/%s-start" % (GROUPS, way_or_kind.word)


def used(way):
    """ms of processor of all that has been in its cgroup."""
    for line in measure.lines(group_of(way) + "/cpu.stat"):
        if line.startswith("usage_usec "):
            return int(line.split()[1]) / 1000
    raise RuntimeError("no cpu.stat of %s" % way.label)


def is_up(way):
    mine = b"HOME=" + way.home.encode()
    return any(ways.read(pid, "cmdline").startswith(STAND_IN.encode() + b"\0")
               and mine in ways.read(pid, "environ").split(b"\0")
               for pid in ways.pids())


def start(way, before=()):
    took = measure.take(way, list(before) + way.start)
    ways.wait_until(lambda: is_up(way))
    time.sleep(0.2)         # what goes on behind it is over
    return took


def stop(way):
    way.quietly(way.stop)
    ways.wait_until(lambda: not is_up(way))


def instructions(way):
    """Millions of them, or None where that cannot be counted."""
    out = way.path("callgrind")
    start(way, ["valgrind", "-q", "--tool=callgrind", "--trace-children=yes",
                "--callgrind-out-file=%s.%%p" % out])
    stop(way)
    return sum(int(line.split()[1]) for name in glob.glob(out + ".*")
               for line in measure.lines(name)
               if line.startswith("totals:")) / 1e6


def measure_all(data, run, way):
    took = start(way)
    created = took.created()
    for name, value, unit in (
            ("start returned", 1000 * took.seconds, "ms"),
            ("its processor", took.processor, "ms"),
            ("created", created, "processes and threads")):
        data.add("stand-in", name, way.label, "", run, value, unit)
    stop(way)
    if GROUPS:
        before = used(way)
        start(way, ways.shell('echo 0 >%s/cgroup.procs; exec "$@"' %
                              group_of(way)) + ["sh"])
        data.add("stand-in", "everybody's processor", way.label, "", run,
                 used(way) - before, "ms")
        stop(way)


def tell_goal(data):
    """`start --no-wait` and the three calls of StarCluster's plugin."""
    for name in ("start returned", "its processor", "everybody's processor",
                 "instructions"):
        ours, theirs = ([value for _, what, way, _, value, _ in data.rows
                         if (what, way) == (name, kind.label)]
                        for kind in (NoWait, ways.StarCluster))
        if ours and theirs:
            print("start --no-wait, %s: %.2f times StarCluster's three calls"
                  " (goal %.1f)" % (name, statistics.median(ours) /
                                    statistics.median(theirs), GOAL))


def main(data):
    all_ways = []
    for kind in [Launch, NoWait] + [
            of_stand_in(one) for one in peers.WORKERS
            if one not in (ways.Launch, ways.Multi)]:
        move(group_of(kind))
        all_ways.append(kind(measure.SCRATCH, "-start"))
        move("/sys/fs/cgroup")
    for run, way in measure.in_turn(all_ways, RUNS):
        # Where it is a matter of milliseconds, more often.
        for _ in range(1 if isinstance(way, (
                supervisors.Supervisord, supervisors.Overmind)) else 3):
            measure_all(data, run, way)
    for way in all_ways:
        # Neither Python's nor Go's.
        if not isinstance(way, (supervisors.Supervisord,
                                supervisors.Overmind)):
            data.add("stand-in", "instructions", way.label, "", 1,
                     instructions(way), "millions")
    tell_goal(data)
    for way in all_ways:
        way.end()
