"""Host lists of a thousand names to ten million, printed and folded, against
nodeset and pdsh -Q.
"""

import os
import random

import measure

SIZES = [int(size) for size in os.environ.get(
    "HOSTS", "1000 10000 100000 1000000 10000000").split()]
RUNS = 3
# nodeset takes 5 s for a million names, and 15 to fold them.
LIMITS = {"nodeset -e": 1000000, "nodeset -f": 100000, "pdsh -Q": 1000000}


def ranges(size, step):
    return ",".join("node[%08d-%08d]" % (first, min(size, first + step - 1))
                    for first in range(1, size + 1, step))


def main(data):
    launch = os.environ["LAUNCH"]
    names = os.path.join(measure.SCRATCH, "names")
    log = os.path.join(measure.SCRATCH, "hosts.out")
    shuffled = random.Random(1)
    for size in SIZES:
        listed = list(range(1, size + 1))
        if size <= 1000000:
            shuffled.shuffle(listed)
            with open(names, "w") as file:
                file.writelines("node%08d\n" % number for number in listed)
        cases = [
            ("print", "celery-tmux", [launch, "hosts", ranges(size, size)]),
            ("print", "nodeset -e",
             ["nodeset", "-S", "\n", "-e", ranges(size, size)]),
            # It takes no more than 16,384 names in a range.
            ("print", "pdsh -Q",
             ["pdsh", "-R", "exec", "-Q", "-w", ranges(size, 10000)]),
            ("fold", "celery-tmux", [launch, "hosts", "--fold", "^" + names]),
            ("fold", "nodeset -f", ["sh", "-c", "nodeset -f <" + names]),
        ]
        for run in range(1, RUNS + 1):
            for case, way, words in cases:
                if size > LIMITS.get(way, 10000000):
                    continue
                if case == "fold" and size > 1000000:
                    continue
                if os.path.exists(log):
                    os.unlink(log)
                took = measure.Took(words, os.environ, "/", log)
                if took.status:
                    raise RuntimeError("status %d: %s" % (took.status, words))
                data.add("hosts", case, way, size, run, took.seconds, "s")
                data.add("hosts", case + ", processor", way, size, run,
                         took.processor, "ms")
