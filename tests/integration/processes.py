"""processes.py SCRATCH HOME [PID]...: whatever a test file has started.

Prints "PID COMMAND" of every process that has the home in its environment, or
works below the scratch directory, or has its name in a word.  Not meant are
the PIDs given, the tmux server, and the tests themselves, which are above
this process.
"""

import os
import sys


def read(pid, name):
    try:
        with open("/proc/%s/%s" % (pid, name), "rb") as file:
            return file.read()
    except OSError:
        return b""


def state_and_parent(pid):
    fields = read(pid, "stat").rpartition(b")")[2].split()
    return (fields[0], fields[1].decode()) if fields else (b"X", "0")


def directory(pid):
    try:
        return os.readlink("/proc/%s/cwd" % pid)
    except OSError:
        return ""


def is_ours(pid, scratch, home):
    return (b"HOME=" + os.fsencode(home) in read(pid, "environ").split(b"\0")
            or (directory(pid) + "/").startswith(scratch + "/")
            or os.fsencode(scratch) in read(pid, "cmdline"))


def main(scratch, home, *not_meant):
    not_meant = set(not_meant)
    above = str(os.getpid())
    while above != "0":
        not_meant.add(above)
        above = state_and_parent(above)[1]

    for pid in filter(str.isdigit, os.listdir("/proc")):
        if pid in not_meant or not is_ours(pid, scratch, home):
            continue
        command = read(pid, "cmdline").replace(b"\0", b" ")
        if (read(pid, "comm") != b"tmux: server\n"
                and state_and_parent(pid)[0] not in (b"X", b"Z")):
            print(pid, command.decode(errors="replace").strip())


main(*sys.argv[1:])
