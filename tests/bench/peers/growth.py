"""From one worker on a node to a hundred, or to as many as SIZES has: status,
tend and apply, and the memory that a worker adds to its own.  The workers are
stand-ins.
"""

import os

import measure
import peers
import supervisors
import ways

# To start a thousand takes minutes where others want the processors too.
SIZES = [int(size) for size in os.environ.get("SIZES", "1 10 100").split()]
LOOKS = 5
STAND_IN = os.path.join(measure.SCRATCH, "stand-in")


class Launch(ways.Launch):
    def begin(self):
        super().begin()
        launch = os.environ["LAUNCH"]
        self.apply = [launch, "apply"]
        self.write(".config/celery-tmux/celery-tmux.conf", """
defaults = { celery_cmd = "%s"; kill_existing = false;
    start_timeout = 600; autorestart = false; };
workers = (
%s
);
""" % (STAND_IN, ",\n".join('{ queue = "q%d"; }' % number
                            for number in range(self.size))))
        ways.wait_until(lambda: self.quietly(self.start) == 0)

    def end(self):
        ways.Way.end(self)      # nobody's tasks are in there


class Tmux(ways.Tmux):
    label = "tmux list-sessions"

    def begin(self):
        self.keeper()
        self.status = ["tmux", "list-sessions"]
        for number in range(self.size):
            self.tmux("new-session", "-d", "-s", "q%d" % number,
                      "exec " + STAND_IN)


class Supervisord(supervisors.Supervisord):
    settings = supervisors.Supervisord.settings.replace(
        "autostart=false", "startsecs=0")

    def programs(self):
        return [("q%d" % number, STAND_IN) for number in range(self.size)]


class Runit(supervisors.Runit):
    down = False

    def services(self):
        return [("q%d" % number, STAND_IN) for number in range(self.size)]


class Systemd(supervisors.Systemd):
    label = "systemctl list-units"
    command = STAND_IN

    def begin(self):
        super().begin()
        self.status = ["systemctl", "--user", "list-units", "celery@*"]
        ways.wait_until(lambda: self.quietly(
            ["systemctl", "--user", "start"] +
            ["celery@q%d" % number for number in range(self.size)]) == 0)


class Overmind(supervisors.Overmind):
    def programs(self):
        return [("q%d" % number, STAND_IN) for number in range(self.size)]

    def begin(self):
        super().begin()
        self.quietly(self.start)


def is_up(way):
    """Has it as many stand-ins as it shall have?"""
    mine = b"HOME=" + way.home.encode()
    up = memory = 0
    for pid in ways.pids():
        if mine in ways.read(pid, "environ").split(b"\0"):
            if STAND_IN.encode() in ways.read(pid, "cmdline").split(b"\0"):
                up += 1
            else:
                memory += pss(pid)
    way.memory = memory
    return up == way.size


def pss(pid):
    """KiB of a process, with its share of what it shares."""
    for line in ways.read(pid, "smaps_rollup").decode().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def main(data):
    for size in SIZES:
        all_ways = []
        for kind in (Launch, Tmux, Supervisord, Runit, Systemd, Overmind):
            if any(issubclass(kind, one) for one in peers.WORKERS):
                kind.size = size
                all_ways.append(kind(measure.SCRATCH, "-%d" % size))
        for way in all_ways:
            ways.wait_until(lambda: is_up(way), 300)
            data.add("growth", "memory besides the workers", way.label, size,
                     1, way.memory, "KiB")
        for run, way in measure.in_turn(all_ways, LOOKS):
            for command in ("status", "tend", "apply"):
                words = getattr(way, command, None)
                if words is not None:
                    took = measure.take(way, words)
                    data.add("growth", command, way.label, size, run,
                             1000 * took.seconds, "ms")
                    data.add("growth", command + ", processor", way.label,
                             size, run, took.processor, "ms")
        for way in all_ways:
            way.end()
