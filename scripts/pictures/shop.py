"""The app whose workers are in the pictures of a cluster.

    shop.py         send tasks, without an end
"""

import os
import random
import time

from celery import Celery

app = Celery("shop")
app.conf.task_ignore_result = True
app.conf.worker_redirect_stdouts = False
app.conf.worker_hijack_root_logger = False


def say(text):
    os.write(1, b"%s\n" % text.encode())


@app.task
def resize(number):
    took = random.uniform(0.5, 3)
    time.sleep(took)
    if number % 97 == 0:
        raise ValueError("photo-%d.jpg is no picture" % number)
    say("photo-%d.jpg resized, %.1f s" % (number, took))


@app.task
def train(seconds):
    say("training for %d s" % seconds)
    time.sleep(seconds)


def main():
    for _ in range(4):
        train.apply_async((600,), queue="gpu")
    number = 0
    while True:
        number += 1
        resize.apply_async((number,), queue="photos")
        time.sleep(0.07 if number > 400 else 0)


if __name__ == "__main__":
    main()
