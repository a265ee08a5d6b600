"""Fan-outs that fan-out.py and trees.py time on the head of a cluster."""

import os
import resource
import statistics
import subprocess
import sys
import threading
import time

COMMAND = ["celery-tmux-launch", "status"]
ANSWER = "celery: stopped"
WIDTH = "32"
QUICK = "-oKexAlgorithms=-sntrup761*"


def configure():
    """What the head sends to nodes."""
    directory = os.path.expanduser("~/.config/celery-tmux")
    path = os.path.join(directory, "celery-tmux.conf")
    os.makedirs(directory, mode=0o700, exist_ok=True)
    with open(path, "w") as file:
        file.write('workers = ( { queue = "celery"; } );\n')
    os.chmod(path, 0o600)


class Descriptors(threading.Thread):
    """How many a process has at most, as 50 looks a second find."""

    def __init__(self, pid):
        super().__init__()
        self.directory = "/proc/%d/fd" % pid
        self.most = 0
        self.start()

    def run(self):
        try:
            while True:
                self.most = max(self.most, len(os.listdir(self.directory)))
                time.sleep(0.02)
        except OSError:
            pass


def measure(words, count, answer=ANSWER, prepare=None, environment=None):
    """Wall seconds, processor seconds of the head, descriptors at most."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    child = subprocess.Popen(
        words, preexec_fn=prepare, stdin=subprocess.DEVNULL,
        env=dict(os.environ, **environment or {}), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    descriptors = Descriptors(child.pid)
    output, errors = child.communicate()
    wall = time.monotonic() - begin
    descriptors.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    answers = output.count(answer)
    if answers != count:
        sys.exit("%s: %d of %d nodes answered: %s"
                 % (" ".join(words)[:200], answers, count, errors[:2000]))
    return (wall, after.ru_utime - before.ru_utime + after.ru_stime
            - before.ru_stime, descriptors.most)


def note(case, what, way, size, number, value, unit):
    """One measurement, for the file that DATA names; see cluster-fan-out."""
    print("csv:%s,%s,%s,%s,%d,%.6g,%s"
          % (case, what, way, size, number, value, unit), flush=True)


def medians(results):
    return tuple(statistics.median(column) for column in zip(*results))
