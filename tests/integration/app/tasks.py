"""The Celery app that the integration tests run.

The broker comes from CELERY_BROKER_URL, which Celery itself reads, and so
does the result backend from CELERY_RESULT_BACKEND.  Without one, results go
to the broker when that is redis.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time

from billiard.process import current_process
from celery import Celery

import leaving

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


@app.task(bind=True, max_retries=None)
def retry(self, seconds):
    """Never done, and never for long."""
    raise self.retry(countdown=seconds)


@app.task
def sleep(seconds, token, directory):
    """Leave a line before and one after, so that losses can be counted.

    A file `held` in the directory keeps it from ending, so that no test has
    to guess how long another program takes.
    """
    _note(directory, "begin %s\n" % token)
    held = os.path.join(directory, "held")
    end = time.monotonic() + seconds
    while time.monotonic() < end or os.path.exists(held):
        time.sleep(min(0.1, max(0.01, end - time.monotonic())))
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
    """Start a process that outlives this task (leaving.py); return its pid.

    A fork of a process with threads may hang before its exec, so a thread has
    another process do it.
    """
    if threading.current_thread() is threading.main_thread():
        return leaving.leave(kind, marker)
    with tempfile.TemporaryFile() as answer:
        subprocess.check_call(
            [sys.executable, leaving.__file__, kind, marker], stdout=answer)
        answer.seek(0)
        return int(answer.read())
