"""Ways to start, look at and end a Celery worker: this program and its peers.

A way has words or a shell text for each of its commands, so that a bench runs
what somebody would type.  Every worker has the same options of Celery, and
every way a directory, a queue and a tmux server of its own.
"""

import os
import signal
import subprocess
import time

CELERY = ("celery -A benched worker -Q {q} -n {q}@%h -c 2 -Ofair"
          " --max-tasks-per-child=1024 --heartbeat-interval=5"
          " --without-gossip --without-mingle -l INFO")


def wait_until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("waited %d s in vain" % seconds)
        time.sleep(0.02)


def shell(text):
    return ["sh", "-c", text]


class Way:
    """What all have in common; `begin` and `end` are its daemon's life."""

    tend = status = None
    command = None      # instead of Celery's
    looked_after = False    # after a crash by itself?
    extra = ""          # settings of this program alone

    @classmethod
    def absent(cls, scratch):
        """Why it cannot run here, or None."""

    def __init__(self, scratch, suffix="", broker=None):
        self.queue = self.word + suffix
        self.home = os.path.join(scratch, self.queue)
        self.celery = self.command or CELERY.format(q=self.queue)
        self.app = os.path.join(scratch, "app")
        self.env = dict(os.environ, HOME=self.home,
                        TMUX_TMPDIR=self.home + "/tmux")
        if broker:
            self.env["CELERY_BROKER_URL"] = broker
        os.makedirs(self.home + "/tmux", 0o700)
        self.daemons = []
        self.begin()

    def begin(self):
        pass

    def path(self, name):
        return os.path.join(self.home, name)

    def write(self, name, text, mode=0o600):
        os.makedirs(os.path.dirname(self.path(name)), 0o700, exist_ok=True)
        with open(self.path(name), "w") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def quietly(self, words):
        with open(self.path("said"), "ab") as said:
            return subprocess.run(words, env=self.env, cwd=self.app,
                                  stdin=subprocess.DEVNULL, stdout=said,
                                  stderr=said).returncode

    def daemon(self, words):
        with open(self.path("daemon"), "ab") as said:
            self.daemons.append(subprocess.Popen(
                words, env=self.env, cwd=self.app, stdin=subprocess.DEVNULL,
                stdout=said, stderr=said))

    def tmux(self, *words):
        return subprocess.run(("tmux",) + words, env=self.env,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout.decode()

    def keeper(self):
        """A server that is there already, as where somebody is logged in."""
        self.tmux("new-session", "-d", "-s", "keeper", "exec sleep 1000000")

    def end(self):
        """What is still there of it is ended, by pid."""
        if os.path.exists(self.path("tmux")):
            self.tmux("kill-server")
        for one in self.daemons:
            one.terminate()
        for one in self.daemons:
            one.wait()
        wait_until(lambda: not self.kill_rest(), 20)

    def kill_rest(self):
        mine = b"HOME=" + self.home.encode()
        found = [pid for pid in pids() if pid != os.getpid() and
                 mine in read(pid, "environ").split(b"\0")]
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return found

    def mains(self):
        """The pids of its workers' MainProcesses."""
        mine = {pid for pid in pids() if b"\0-Q\0" + self.queue.encode() +
                b"\0" in read(pid, "cmdline") or b"\0--queues=" +
                self.queue.encode() + b"\0" in read(pid, "cmdline")}
        return [pid for pid in mine if parent(pid) not in mine and
                b"python" in read(pid, "cmdline").split(b"\0")[0]]


class Launch(Way):
    word, label = "launch", "celery-tmux"
    looked_after = True

    def begin(self):
        launch = os.environ["LAUNCH"]
        for command in ("start", "stop", "restart", "status", "tend"):
            setattr(self, command, [launch, command])
        self.write(".config/celery-tmux/celery-tmux.conf", """
defaults = { app = "benched"; worker_dir = "%s"; concurrency = 2;
    broker = "%s"; mingle = false; start_timeout = 120; %s };
workers = ( { queue = "%s"; } );
""" % (self.app, self.env["CELERY_BROKER_URL"], self.extra, self.queue))
        self.keeper()

    def end(self):
        self.quietly([os.environ["LAUNCH"], "kill", "--now"])
        super().end()


class Surge(Launch):
    word, label = "surge", "celery-tmux, surge"
    extra = "surge = true;"
    looked_after = False    # as the one above, so not measured twice


class StarCluster(Way):
    """The calls of its plugin: what runs is killed, then started."""

    word, label = "starcluster", "StarCluster's commands"

    def begin(self):
        session = "celery-" + self.queue
        self.stop = ["tmux", "kill-session", "-t", session]
        self.start = self.restart = shell(
            "tmux kill-session -t {s} 2>/dev/null;"
            " tmux new-session -d -s {s} 'cd {a}; {c}';"
            " tmux set-option -t {s} history-limit 10000".format(
                s=session, a=self.app, c=self.celery))
        self.status = ["tmux", "has-session", "-t", session]
        self.keeper()


class Tmux(Way):
    """By hand and with care: ^C, and wait until Celery is done."""

    word, label = "tmux", "tmux by hand"

    def begin(self):
        start = "tmux new-session -d -s {q} 'cd {a}; exec {c}'".format(
            q=self.queue, a=self.app, c=self.celery)
        stop = ("tmux send-keys -t {q} C-c; while tmux has-session -t {q}"
                " 2>/dev/null; do sleep 0.1; done").format(q=self.queue)
        self.start, self.stop = shell(start), shell(stop)
        self.restart = shell(stop + "; " + start)
        self.status = ["tmux", "has-session", "-t", self.queue]
        self.keeper()


class Multi(Way):
    word, label = "multi", "celery multi"

    def begin(self):
        node, files = self.queue, " --pidfile={h}/%n.pid --logfile={h}/%n.log"
        files = files.format(h=self.home)
        options = self.celery.replace("celery -A benched worker ", "")
        options = options.replace("-n %s@%%h " % self.queue, "")
        for command in ("start", "restart"):
            setattr(self, command, ("celery multi %s %s -A benched %s%s" % (
                command, node, options, files)).split())
        self.stop = ("celery multi stopwait %s%s" % (node, files)).split()
        self.status = ("celery -A benched status -d %s@%s" % (
            self.queue, os.uname().nodename)).split()


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def read(pid, name):
    try:
        with open("/proc/%d/%s" % (pid, name), "rb") as file:
            return file.read()
    except OSError:
        return b""


def parent(pid):
    fields = read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0
