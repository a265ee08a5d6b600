"""The Celery app that the integration tests run.

The broker comes from CELERY_BROKER_URL, which Celery itself reads, and so
does the result backend from CELERY_RESULT_BACKEND.  Without one, results go
to the broker when that is redis.
"""

import os
import resource
import signal
import subprocess
import time

from billiard.process import current_process
from celery import Celery

app = Celery("tasks")
app.conf.task_default_queue = "celery"

_broker = os.environ.get("CELERY_BROKER_URL", "")
if _broker.startswith("redis:") and "CELERY_RESULT_BACKEND" not in os.environ:
    app.conf.result_backend = _broker


def _main_pid():
    """The MainProcess: it is the parent under prefork, else this process."""
    if current_process().name == "MainProcess":
        return os.getpid()
    return os.getppid()


@app.task
def add(x, y):
    return x + y


@app.task
def say(text):
    """Show up on the worker's screen."""
    print(text, flush=True)


@app.task
def fail(text):
    raise RuntimeError(text)


@app.task
def sleep(seconds, token, directory):
    """Leave a line before and one after, so that losses can be counted."""
    _note(directory, "begin %s\n" % token)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(0.1, max(0, end - time.monotonic())))
    _note(directory, "end %s\n" % token)


def _note(directory, line):
    # One write(2) with O_APPEND: lines of many processes stay whole.
    with open(os.path.join(directory, "tokens"), "ab", buffering=0) as file:
        file.write(line.encode())


@app.task
def where(seconds, directory):
    """Leave the name of the host that it ran on."""
    time.sleep(seconds)
    with open(os.path.join(directory, "hosts"), "ab", buffering=0) as file:
        file.write((os.uname().nodename + "\n").encode())


@app.task
def env():
    return dict(os.environ)


@app.task
def pid():
    return os.getpid()


@app.task
def main_pid():
    return _main_pid()


@app.task
def argv():
    """The words of the MainProcess, as the kernel has them."""
    with open("/proc/%d/cmdline" % _main_pid(), "rb") as file:
        return file.read().decode().split("\0")[:-1]


@app.task
def surroundings():
    """What the MainProcess inherited, apart from its environment."""
    main = "/proc/%d" % _main_pid()
    descriptors = {}
    for name in ("0", "1", "2"):
        descriptors[name] = os.readlink("%s/fd/%s" % (main, name))
    with open(main + "/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file
                      if ":\t" in line)
    return {
        "cwd": os.readlink(main + "/cwd"),
        "descriptors": descriptors,
        "ignored": status["SigIgn"],
        "blocked": status["SigBlk"],
        "umask": status["Umask"],
        "nofile": resource.getrlimit(resource.RLIMIT_NOFILE),
    }


@app.task
def leave(kind, marker="left-behind"):
    """Start a process that outlives this task; return its pid.

    Kinds: child, nohup, setsid, double_fork; stubborn, which ignores every
    signal that can be ignored; bare, which got rid of all that could tell
    whose it is: parent, session, environment, working directory, terminal.
    The marker is the first word of its command line.  Three kinds are forks of
    this process instead of a command: zombie has one for a child, storm makes
    room for a child of its own all the time, refork when it gets TERM.
    """
    words = {"args": [marker, "1000"], "executable": "/bin/sleep"}
    if kind == "child":
        return subprocess.Popen(**words).pid
    if kind == "nohup":
        return subprocess.Popen(preexec_fn=_ignore(signal.SIGHUP),
                                **words).pid
    if kind == "setsid":
        return subprocess.Popen(start_new_session=True, **words).pid
    if kind == "double_fork":
        return _double_fork(words)
    if kind == "stubborn":
        return _double_fork(dict(words, preexec_fn=_ignore(
            signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)))
    if kind == "stopped":
        left = subprocess.Popen(start_new_session=True, **words)
        os.kill(left.pid, signal.SIGSTOP)
        return left.pid
    if kind == "zombie":
        return _forked(lambda: (os.fork() or os._exit(0), time.sleep(1000)))
    if kind == "storm":
        return _forked(_storm)
    if kind == "refork":
        return _forked(_refork)
    if kind == "bare":
        return _double_fork(dict(
            words, env={}, cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    raise ValueError(kind)


def _ignore(*numbers):
    def ignore():
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
    return ignore


def _forked(act):
    """A daemon that does something with empty hands; its first pid."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        for number in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        act()
    finally:
        os._exit(0)


def _storm():
    while True:
        if os.fork():
            os._exit(0)


def _refork():
    def again(*_):
        if os.fork():
            os._exit(0)
    signal.signal(signal.SIGTERM, again)
    while True:
        time.sleep(1)


def _double_fork(words):
    read, write = os.pipe()
    between = os.fork()
    if between == 0:
        try:
            os.setsid()
            left = subprocess.Popen(**words)
            os.write(write, b"%d" % left.pid)
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(between, 0)
    number = int(os.read(read, 32))
    os.close(read)
    return number
