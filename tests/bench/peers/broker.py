"""A connection to the broker that dies silently, as behind a NAT that forgot
it: seconds until the worker does tasks again, with each way's own means.

All ways at once.  What none of them has somebody may add: `celery multi` with
the line of cron that is recommended for it, which asks by `inspect ping` once
a minute and restarts what does not answer.
"""

import os
import subprocess
import threading
import time

import measure
import peers
import ways

GIVE_UP = int(os.environ.get("GIVE_UP", 90))


class Cron(ways.Multi):
    word, label = "cron", "celery multi, cron pings"

    def look_after(self, enough):
        ping = ("celery -A benched inspect -t 5 -d %s@%s ping" % (
            self.queue, os.uname().nodename)).split()
        while not enough.wait(60):
            if self.quietly(["timeout", "30"] + ping):
                self.quietly(["timeout", "60"] + self.restart)


def main(data):
    send = measure.sender()
    proxy = os.path.join(measure.SCRATCH, "proxy")
    os.mkdir(proxy)
    between = subprocess.Popen([
        "/usr/bin/python3", "-IS", os.environ["PROXY"], proxy,
        os.environ["REDIS_PORT"]], stdin=subprocess.DEVNULL)
    ways.wait_until(lambda: measure.lines(proxy + "/port"))
    url = "redis://127.0.0.1:%s/0" % measure.lines(proxy + "/port")[0]
    all_ways = [one(measure.SCRATCH, "-broker", url)
                for one in peers.WORKERS + [Cron]]
    enough = threading.Event()
    for way in all_ways:
        way.marks = way.path("marks")
        threading.Thread(target=way.quietly, args=(way.start,)).start()
        send(way.queue, "mark", way.marks)
    for way in all_ways:
        ways.wait_until(lambda: measure.lines(way.marks), 120)
    nurse = threading.Thread(target=all_ways[-1].look_after, args=(enough,))
    nurse.start()
    # Idle for a while, as most are when it happens.
    time.sleep(5)
    with open(proxy + "/silence", "w"):
        pass
    ways.wait_until(lambda: not os.path.exists(proxy + "/silence"))
    since = time.monotonic()
    waiting = list(all_ways)
    while waiting and time.monotonic() < since + GIVE_UP:
        for way in list(waiting):
            send(way.queue, "mark", way.marks)
            late = [float(line) for line in measure.lines(way.marks)
                    if float(line) > since]
            if late:
                data.add("broker", "consumes again", way.label, "", 1,
                         late[0] - since, "s")
                waiting.remove(way)
        time.sleep(0.5)
    for way in waiting:
        data.add("broker", "consumes again", way.label, "", 1, GIVE_UP, "s")
    enough.set()
    nurse.join()
    for way in all_ways:
        way.end()
    between.terminate()
    between.wait()
