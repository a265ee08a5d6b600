"""A worker's life, one command after the other: from the command to the first
task done; start, stop and status with what they take.
"""

import os

import measure
import peers
import ways

RUNS = int(os.environ.get("RUNS", 3))
LOOKS = 20


def first_task(data, send, run, way):
    done = way.path("first-%d" % run)
    send(way.queue, "mark", done)
    start = measure.take(way, way.start)
    ways.wait_until(lambda: measure.lines(done))
    data.add("life", "command to first task done", way.label, "", run,
             float(measure.lines(done)[0]) - start.began, "s")
    data.add("life", "created until then", way.label, "", run,
             start.created(), "processes and threads")
    data.add("life", "start returned", way.label, "", run, start.seconds, "s")
    data.add("life", "start, its processor", way.label, "", run,
             start.processor, "ms")


def status(data, run, way, words, label, looks):
    for _ in range(looks):
        took = measure.take(way, words)
        data.add("life", "status", label, "", run, 1000 * took.seconds, "ms")
        data.add("life", "status, its processor", label, "", run,
                 took.processor, "ms")
        data.add("life", "status, created", label, "", run, took.created(),
                 "processes and threads")


def stop(data, run, way):
    took = measure.take(way, way.stop)
    ways.wait_until(lambda: not way.mains())
    data.add("life", "stop returned", way.label, "", run,
             took.seconds, "s")
    data.add("life", "stop, its processor", way.label, "", run,
             took.processor, "ms")
    data.add("life", "stop, created", way.label, "", run, took.created(),
             "processes and threads")


def main(data):
    send = measure.sender()
    all_ways = [one(measure.SCRATCH) for one in peers.WORKERS]
    for run, way in measure.in_turn(all_ways, RUNS):
        first_task(data, send, run, way)
        if way.word == "multi":
            status(data, run, way, way.status, "celery status", 1)
            status(data, run, way, [
                "inspect" if word == "status" else word for word in way.status
            ] + ["ping"], "celery inspect ping", 1)
        else:
            status(data, run, way, way.status, way.label, LOOKS // RUNS)
        if way.tend:
            for _ in range(LOOKS // RUNS):
                took = measure.take(way, way.tend)
                data.add("life", "tend, idle", way.label, "", run,
                         1000 * took.seconds, "ms")
                data.add("life", "tend, created", way.label, "", run,
                         took.created(), "processes and threads")
        stop(data, run, way)
    for way in all_ways:
        way.end()
