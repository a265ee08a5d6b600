"""machine.py - a machine for one trial: processes, /proc, home and disk of its
own, so that nothing is left by what is done to it, and its process ids and
calls are the same each time.

    trial(directory, function, *words)     calls it there; its result is JSON

The rest is for that function, which is called with a Machine.
"""

import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import traceback

C = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS, NEW_IPC, NEW_PIDS = 0x00020000, 0x08000000, 0x20000000
RECURSIVE, PRIVATE, BIND = 0x4000, 1 << 18, 0x1000
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Seconds for what has to come under any load, and for one command.
PATIENCE, LIMIT = 45, 120


@contextlib.contextmanager
def workshop(scratch=None):
    """A scratch directory with the stand-in and the place of all machines; one
    of another run's name for a disk that has this name in its files."""
    here = os.path.dirname(os.path.abspath(__file__))
    if scratch:
        os.mkdir(scratch, 0o700)
    else:
        scratch = tempfile.mkdtemp(prefix="celery-tmux-faults.")
    try:
        os.environ.setdefault("LAUNCH", os.path.abspath(
            here + "/../../build/celery-tmux-launch"))
        os.environ["STAND_IN"] = scratch + "/stand-in"
        os.environ["WORLD"] = scratch + "/world"
        os.mkdir(os.environ["WORLD"])
        subprocess.run([os.environ.get("CC", "cc"), "-o", scratch
                        + "/stand-in", here + "/stand-in.c"], check=True)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class Violation(Exception):
    """What the program promises is not so."""


def check(value):
    if value != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(source, target, kind=None, flags=0, options=None):
    check(C.mount(source.encode(), target.encode(), kind and kind.encode(),
                  flags, options and options.encode()))


def be_machine(directory, output, function, words):
    """The first process of it: it reaps, as init does."""
    C.prctl(1, signal.SIGKILL)
    mount("none", "/", None, RECURSIVE | PRIVATE)
    mount("proc", "/proc", "proc")
    mount("none", directory, "tmpfs", 0, "mode=755")
    child = os.fork()
    if child == 0:
        try:
            result = function(Machine(directory), *words)
        except Violation as violation:
            result = {"violation": str(violation)}
        except BaseException:
            result = {"violation": "the trial itself failed: "
                      + traceback.format_exc()}
        with os.fdopen(output, "w") as file:
            json.dump(result, file)
        os._exit(0)
    os.close(output)
    while os.wait()[0] != child:
        pass
    os._exit(0)


def trial(directory, function, *words):
    inward, output = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(inward)
            check(C.unshare(NEW_PIDS | NEW_MOUNTS | NEW_IPC))
            first = os.fork()
            if first == 0:
                be_machine(directory, output, function, words)
            os.close(output)
            os.waitpid(first, 0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(output)
    with os.fdopen(inward) as file:
        text = file.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {
        "violation": "there can be no machine of its own; be root"}


class Outcome:
    def __init__(self, status, output, error):
        self.status, self.output, self.error = status, output, error

    def __str__(self):
        return "status %s, %r, %r" % (self.status, self.output, self.error)


class Machine:
    def __init__(self, directory):
        self.directory = directory
        self.launch = os.environ["LAUNCH"]
        self.home = directory + "/home"
        self.state = self.home + "/.local/state/celery-tmux"
        self.seen = directory + "/seen"
        for name in (self.home + "/.config/celery-tmux", self.seen,
                     directory + "/tmux"):
            os.makedirs(name)
        open(self.seen + "/ends", "w").close()
        self.environment = {
            "HOME": self.home, "PATH": PATH, "LANG": "C.UTF-8",
            "TERM": "xterm", "TMUX_TMPDIR": directory + "/tmux",
        }
        self.configure()

    # ---- what is done there

    def configure(self, settings="", queue="one", code=None):
        path = self.home + "/.config/celery-tmux/celery-tmux.conf"
        stand_in = os.environ["STAND_IN"]
        with open(path, "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write("""defaults = { worker_dir = "%s"; start_timeout = 40;
                stop_timeout = 20; celery_cmd = "'%s' '%s'"; %s };
                workers = ( { queue = "%s"; } );\n""" % (
                    code or self.home, stand_in, self.seen, settings, queue))

    def boot_id(self, text):
        """From now on it is another boot's."""
        path = self.directory + "/boot_id"
        with open(path, "w") as file:
            file.write(text + "\n")
        mount(path, "/proc/sys/kernel/random/boot_id", None, BIND)

    def call(self, *words, before=()):
        """The program; what comes `before` it is strace."""
        child = subprocess.Popen(
            list(before) + [self.launch] + list(words), cwd=self.home,
            env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            output, error = child.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Violation("%s does not end: %s" % (
                " ".join(words), [" ".join(other)[:60]
                                  for other in self.others()]))
        return Outcome(child.returncode, output.decode(errors="replace"),
                       error.decode(errors="replace"))

    def must(self, *words, status=0):
        outcome = self.call(*words)
        if outcome.status != status:
            raise Violation("%s: %s" % (" ".join(words), outcome))
        return outcome

    def wait_for(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise Violation("%s: in vain; %s" % (what, self.describe()))
            time.sleep(0.01)

    # ---- what is to be seen there

    def processes(self):
        """(pid, words) of what runs there, but for us and for zombies."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) in (1, os.getpid()):
                continue
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except OSError:
                continue
            if words != [""]:
                found.append((int(name), words[:-1]))
        return found

    def workers(self):
        return [pid for pid, words in self.processes()
                if words[0] == os.environ["STAND_IN"]]

    def runners(self):
        return [pid for pid, words in self.processes()
                if words[1:2] == ["run"]]

    def others(self):
        """Whatever is neither tmux's server nor a session of somebody's."""
        return [words for _, words in self.processes()
                if not words[0].startswith("tmux") and words[0] != "sleep"]

    def were_more(self, most=1):
        """Have there been more workers than that at a time?"""
        return os.path.exists("%s/beyond-%d" % (self.seen, most))

    def told(self):
        """{pid: [what became of it]} of each worker that there has been."""
        found = {}
        with open(self.seen + "/ends") as file:
            for line in file:
                what, pid = line.split()
                found.setdefault(int(pid), []).append(what)
        return found

    def nice(self):
        """The nice value of the only worker."""
        with open("/proc/%d/stat" % self.workers()[0]) as file:
            return int(file.read().rpartition(")")[2].split()[16])

    def files(self):
        """Those of all records, without what differs from run to run."""
        found = set()
        for directory, _, names in os.walk(self.home + "/.local"):
            for name in names:
                path = os.path.relpath(os.path.join(directory, name),
                                       self.home)
                found.add(re.sub(r"(?<=/)[0-9a-f]{8,}(?=/|$)", "ID", path))
        return found

    def describe(self):
        return "%s; %s" % (self.call("status", "--queue", "one"),
                           [" ".join(words)[:60] for words in self.others()])
