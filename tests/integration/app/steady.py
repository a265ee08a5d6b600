"""steady.py LOAD POOL QUEUE DIRECTORY: send tasks, and never pause.

It ends when the file `enough` is in the directory.  The name of each task
that the broker has taken goes into `sent` there.  Loads: idle, light, and
full, at which more wait than the worker can do at once.

Now and then the workers are asked something, as by a monitor: that too wakes
a worker's loop while it waits for a message.
"""

import os
import random
import sys
import time

from tasks import app

# Seconds from one task to the next on average, and how long one may take.
LOADS = {"idle": (0.5, 0.02), "light": (0.12, 0.5), "full": (0, 0.3)}
# How many may be under way: more than a worker takes beforehand, and not so
# many that a slow machine never ends.
WAITING = 30


def ended(directory):
    try:
        with open(os.path.join(directory, "tokens"), "rb") as file:
            return file.read().count(b"end ")
    except IOError:
        return 0


def main(load, pool, queue, directory):
    pause, longest = LOADS[load]
    if pool == "solo":
        # It does one at once where the others do four.
        pause, longest = pause * 2, longest / 2
    if app.conf.broker_url.startswith("amqp:"):
        # RabbitMQ is to say when it has taken one.
        app.conf.broker_transport_options = {"confirm_publish": True}
    number = 0
    with open(os.path.join(directory, "sent"), "a") as sent:
        while not os.path.exists(os.path.join(directory, "enough")):
            if number - ended(directory) >= WAITING:
                time.sleep(0.02)
                continue
            number += 1
            token = "t%d" % number
            app.send_task("tasks.sleep", queue=queue, args=[
                random.uniform(0, longest), token, directory])
            sent.write(token + "\n")
            sent.flush()
            for _ in range(2):
                if pause:
                    time.sleep(random.expovariate(2 / pause))
                if random.random() < 0.3:
                    app.control.broadcast("ping")


if __name__ == "__main__":
    main(*sys.argv[1:])
