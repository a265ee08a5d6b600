"""The app of the benches against peers; the broker is CELERY_BROKER_URL."""

import os
import subprocess
import time

from celery import Celery

app = Celery("benched")
app.conf.result_backend = "disabled://"
app.conf.broker_connection_retry_on_startup = True


def note(path, line):
    # One write(2) with O_APPEND: lines of many processes stay whole.
    with open(path, "ab", buffering=0) as file:
        file.write(line.encode())


@app.task
def mark(path):
    """Leave when it was; the clock is the same for all processes."""
    note(path, "%.6f\n" % time.monotonic())


@app.task
def work(seconds, token, path, marker=""):
    """Leave a line before and one after; with MARKER, leave a process too."""
    note(path, "begin %s\n" % token)
    if marker:
        subprocess.Popen(["sh", "-c", "sleep 1000000; :", marker],
                         start_new_session=True, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    note(path, "end %s %.6f\n" % (token, time.monotonic()))
