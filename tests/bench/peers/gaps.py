"""Seconds without a worker: the longest time between two tasks' ends while
many short ones wait, around a restart and after MainProcess was killed.
"""

import os
import signal
import threading
import time

import measure
import peers
import ways

import benched  # where measure says

RUNS = int(os.environ.get("GAPS", 3))
GIVE_UP = 10
LONG, TASKS = 0.05, 1500


def ends(tokens):
    return [float(line.split()[2]) for line in measure.lines(tokens)
            if line.startswith("end ")]


def gap(tokens, since):
    """The longest pause after that, when it has been over for a while."""
    limit = time.monotonic() + GIVE_UP
    while True:
        now = time.monotonic()
        times = [since] + [one for one in ends(tokens) if one > since]
        pauses = [b - a for a, b in zip(times, times[1:])] or [0]
        longest = max(pauses)
        if (now - times[-1] < 0.3 and (longest > 0.3 or now > since + 6) and
                len(times) - pauses.index(longest) > 20):
            return longest
        if now > limit:
            return max(longest, now - times[-1])
        time.sleep(0.05)


def empty(queue):
    with benched.app.connection() as connection:
        connection.default_channel.queue_purge(queue)


def kill(data, run, way, tokens):
    since = time.monotonic()
    for pid in way.mains():
        os.kill(pid, signal.SIGKILL)
    data.add("gaps", "without a worker after a kill", way.label, "", run,
             gap(tokens, since), "s")


def put_away(data, run, way, tokens):
    """While the next is measured, for it is nearly all waiting.  Where nobody
    looks after a worker, once is enough to see that.
    """
    if not way.looked_after and run == 1 and way.word != "surge":
        kill(data, run, way, tokens)
    way.quietly(way.stop)
    empty(way.queue)


def main(data):
    send = measure.sender()
    all_ways = [one(measure.SCRATCH, "-gap") for one in
                peers.WORKERS + [ways.Surge]]
    for way in all_ways:
        way.put_away = threading.Thread()
        way.put_away.start()
    for run, way in measure.in_turn(all_ways, RUNS):
        way.put_away.join()
        tokens = way.path("tokens-%d" % run)
        for number in range(TASKS):
            send(way.queue, "work", LONG, str(number), tokens)
        measure.take(way, way.start)
        ways.wait_until(lambda: len(ends(tokens)) > 10)
        since = time.monotonic()
        took = measure.take(way, way.restart)
        data.add("gaps", "without a worker in a restart", way.label, "", run,
                 gap(tokens, since), "s")
        data.add("gaps", "restart returned", way.label, "", run,
                 took.seconds, "s")
        if way.looked_after:
            kill(data, run, way, tokens)
        way.put_away = threading.Thread(target=put_away, args=(
            data, run, way, tokens))
        way.put_away.start()
    for way in all_ways:
        way.put_away.join()
        way.end()
