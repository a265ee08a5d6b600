"""leaving.py KIND MARKER: start a process that outlives this one.

Prints its pid.  Without Celery, so that it can be called apart from it.

Kinds: child, nohup, setsid, double_fork; stubborn, which ignores every
signal that can be ignored; bare, which got rid of all that could tell
whose it is: parent, session, environment, working directory, terminal.
The marker is the first word of its command line.  Three kinds are forks of
this process instead of a command: zombie has one for a child, storm makes
room for a child of its own all the time, refork when it gets TERM.
"""

import os
import signal
import subprocess
import sys
import time


def leave(kind, marker):
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


if __name__ == "__main__":
    print(leave(*sys.argv[1:]), flush=True)
