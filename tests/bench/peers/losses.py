"""Ten restarts under load: tasks lost, and processes that stay.

All ways at once, each with a queue of its own, for this counts and does not
time.  Every tenth task leaves a process in a session of its own, as a task
that starts a server does.
"""

import os
import random
import threading
import time

import measure
import peers
import ways

RESTARTS = int(os.environ.get("RESTARTS", 10))
TASKS = 300
QUIET = 15


def left(marker):
    return sum(marker.encode() in ways.read(pid, "cmdline").split(b"\0")
               for pid in ways.pids())


def one_way(way, tokens, restarts):
    measure.Took(way.start, way.env, way.app, way.path("said"))
    for number in range(RESTARTS):
        # Some tasks have begun since the last restart.
        before = len(measure.lines(tokens))
        try:
            ways.wait_until(lambda: len(measure.lines(tokens)) > before + 8)
        except TimeoutError:
            # No worker, or one that hangs: another restart mends nothing.
            break
        restarts.append(measure.Took(way.restart, way.env, way.app,
                                     way.path("said")).seconds)
    settled(tokens)
    measure.Took(way.stop, way.env, way.app, way.path("said"))
    ways.wait_until(lambda: not way.mains())


def settled(tokens):
    """All tasks have ended, or none has begun or ended for longer than a start
    and a task take.
    """
    before, since = -1, 0
    while time.monotonic() < since + QUIET or before < 0:
        now = len(measure.lines(tokens))
        if now != before:
            before, since = now, time.monotonic()
        if before >= 2 * TASKS:
            break
        time.sleep(0.2)


def main(data):
    send = measure.sender()
    chance = random.Random(1)
    all_ways = [one(measure.SCRATCH, "-loss") for one in peers.WORKERS]
    threads = []
    for way in all_ways:
        tokens, way.restarts = way.path("tokens"), []
        for number in range(TASKS):
            send(way.queue, "work", chance.uniform(0.05, 0.5), str(number),
                 tokens, "left-by-" + way.queue if number % 10 == 0 else "")
        threads.append(threading.Thread(target=one_way, args=(
            way, tokens, way.restarts)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for way in all_ways:
        begun, ended = {}, {}
        for line in measure.lines(way.path("tokens")):
            word, token = line.split()[:2]
            of = begun if word == "begin" else ended
            of[token] = of.get(token, 0) + 1
        for name, value in (
                ("begun and cut off", len(set(begun) - set(ended))),
                ("never begun", TASKS - len(begun)),
                ("done twice", sum(one > 1 for one in ended.values())),
                ("processes left", left("left-by-" + way.queue))):
            data.add("losses", name, way.label, RESTARTS, 1, value,
                     "of %d tasks" % TASKS if name != "processes left" else
                     "of %d" % (TASKS // 10))
        for number, seconds in enumerate(way.restarts):
            data.add("losses", "a restart under load", way.label, "",
                     number + 1, seconds, "s")
    for way in all_ways:
        way.end()
