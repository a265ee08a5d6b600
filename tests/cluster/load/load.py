"""The app whose tasks run while nodes restart, and who sends them.

Every event is a line of one file that all hosts share: what happened, when,
on which host, and the number of the task.  A worker leaves lines too: when it
was told to end, and when it was ready.

load.py COUNT LONGEST [LEAVE]   send so many tasks of 0.1 to LONGEST seconds;
                                every LEAVE-th leaves a process behind
"""

import os
import random
import subprocess
import sys
import time

from celery import Celery, signals

EVENTS = "/srv/shared/notes/events"

app = Celery("load")
app.conf.task_ignore_result = True


def note(event, number=0):
    # One write(2) with O_APPEND: lines of many processes stay whole.
    with open(EVENTS, "ab", buffering=0) as file:
        file.write(b"%s %.3f %s %d\n" % (
            event.encode(), time.time(), os.uname().nodename.encode(), number))


@app.task
def work(seconds, number, leave):
    note("begin", number)
    if leave:
        subprocess.Popen(["left-behind", "1000"], executable="/bin/sleep",
                         start_new_session=True, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    note("end", number)


@signals.worker_ready.connect
def ready(**_):
    note("ready")


@signals.worker_shutting_down.connect
def ending(**_):
    note("ending")


def main(count, longest, leave=0):
    random.seed(count)
    for number in range(int(count)):
        work.apply_async((random.uniform(0.1, float(longest)), number,
                          bool(int(leave) and number % int(leave) == 0)),
                         queue="celery")
    note("sent", int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
