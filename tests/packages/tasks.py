"""Tasks that can be counted: each leaves a file when it ends."""

import os
import pathlib
import sys
import time

from celery import Celery

# Each user has messages of its own.
app = Celery("tasks", broker=f"redis://127.0.0.1:6390/{os.getuid() % 10}")
ENDED = pathlib.Path(__file__).resolve().parent / "ended"


@app.task
def count(number):
    time.sleep(0.3)
    with open(ENDED / str(number), "a") as ended:
        ended.write("x")


if __name__ == "__main__":
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        count.delay(number)
