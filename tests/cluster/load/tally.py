"""What became of the tasks of load.py, from the file of its events.

tally.py count EVENTS           one line: KEY=VALUE..., of tasks
tally.py twice EVENTS           the tasks that were begun more than once
tally.py cut EVENTS             the tasks that were begun and not ended, with
                                the host of each
tally.py starts EVENTS          "HOST COUNT" of "ready" lines
tally.py rolling EVENTS FROM TO     KEY=VALUE..., of a restart that went on
                                from FROM to TO, seconds since 1970
tally.py memory FILE PID         while FILE exists, look once a second at what
                                is below PID; then: KEY=VALUE..., MiB
tally.py sample STATE FILE COUNT    while FILE exists, look at the records of
                                COUNT nodes; then: KEY=VALUE...
"""

import collections
import glob
import os
import sys
import time


def read(path):
    events = []
    with open(path) as file:
        for line in file:
            event, moment, host, number = line.split()
            events.append((float(moment), event, host, int(number)))
    # Of the same millisecond the file has the order.
    return sorted(events, key=lambda event: event[0])


def tasks(events, event):
    return collections.Counter(
        number for _, what, _, number in events if what == event)


def cut_off(events):
    """Beginnings without an end, as (task, host)."""
    open_ones = collections.Counter()
    for _, event, host, number in events:
        if event == "begin":
            open_ones[number, host] += 1
        elif event == "end":
            open_ones[number, host] -= 1
    return sorted(key for key, count in open_ones.items() if count > 0)


def count(path):
    events = read(path)
    begun, ended = tasks(events, "begin"), tasks(events, "end")
    print("begun=%d ended=%d twice=%d cut=%d" % (
        len(begun), len(ended),
        sum(number > 1 for number in begun.values()), len(cut_off(events))))


def twice(path):
    events = read(path)
    for number, times in sorted(tasks(events, "begin").items()):
        if times > 1:
            print("task %d:" % number, ", ".join(
                "%s %.3f %s" % (event, moment, host)
                for moment, event, host, other in events
                if other == number and event in ("begin", "end")))


def cut(path):
    for number, host in cut_off(read(path)):
        print(number, host)


def starts(path):
    hosts = collections.Counter(
        host for _, event, host, _ in read(path) if event == "ready")
    for host, times in sorted(hosts.items()):
        print(host, times)


def most_at_once(events):
    """The most hosts that had no worker at once.  At first all have one; by
    surge the next is ready before that is ending."""
    fewer, most = collections.Counter(), 0
    for _, event, host, _ in events:
        if event in ("ending", "ready"):
            fewer[host] += 1 if event == "ending" else -1
            most = max(most, sum(count > 0 for count in fewer.values()))
    return most


def rate(ends, begin, end):
    if end <= begin:
        return 0
    return sum(begin <= moment < end for moment in ends) / (end - begin)


def slowest(ends, begin, end, span):
    """Tasks a second in the slowest window of so many seconds."""
    if end - begin <= span:
        return rate(ends, begin, end)
    moments = [begin + step for step in range(int(end - begin - span) + 1)]
    return min(rate(ends, moment, moment + span) for moment in moments)


def rolling(path, begin, end):
    """Throughput before and during; without the end, when tasks run out."""
    begin, end = float(begin), float(end)
    events = read(path)
    ends = [moment for moment, event, _, _ in events if event == "end"]
    begins = [moment for moment, event, _, _ in events if event == "begin"]
    # From the last task's beginning on, workers have nothing to do.
    last = min(end, begins[-1])
    before = rate(ends, begins[0] + 2, begin)
    during = rate(ends, begin, last)
    print("down=%d took=%.0f before=%.1f during=%.1f slowest=%.1f part=%.2f "
          "left=%d" % (
              most_at_once(events), end - begin, before, during,
              slowest(ends, begin, last, 5), during / before if before else 0,
              sum(moment >= end for moment in ends)))


def resident(root):
    """MiB of all processes below one; what two of them share counts twice."""
    parents, pages = {}, {}
    for path in glob.glob("/proc/[0-9]*"):
        try:
            with open(path + "/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(path[6:])
        parents[pid], pages[pid] = int(fields[1]), int(fields[21])
    total = 0
    for pid in pages:
        above = pid
        while above not in (0, root):
            above = parents.get(above, 0)
        total += pages[pid] if above == root else 0
    return total * os.sysconf("SC_PAGE_SIZE") >> 20


def memory(flag, root):
    first, most = resident(int(root)), 0
    while os.path.exists(flag):
        most = max(most, resident(int(root)))
        time.sleep(1)
    print("first=%d most=%d" % (first, most))


def is_running(record):
    try:
        with open(record + "/current") as file:
            name = file.read(8)
        with open("%s/runs/%s/run" % (record, name)) as file:
            return "state running\n" in file.read(200)
    except OSError:
        return False


def sample(state, flag, count):
    looks, most = 0, 0
    while os.path.exists(flag):
        running = sum(map(is_running, glob.glob(
            state + "/*/celery-celery")))
        most = max(most, int(count) - running)
        looks += 1
        time.sleep(0.02)
    print("looks=%d down=%d" % (looks, most))


if __name__ == "__main__":
    {"count": count, "twice": twice, "cut": cut, "starts": starts,
     "rolling": rolling, "memory": memory,
     "sample": sample}[sys.argv[1]](*sys.argv[2:])
