"""medians.py RUNS PREPARE COMMAND COMMAND: the medians of both, in ms.

The two are run in turn, so that whatever else the machine does meets both.
Each is one text of shell words, run without a shell; PREPARE, unless it is
empty, is run before each and not counted.
"""

import os
import shlex
import statistics
import sys
import time


def run(words):
    silence = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
               (os.POSIX_SPAWN_DUP2, 1, 2)]
    begin = time.perf_counter()
    pid = os.posix_spawnp(words[0], words, os.environ, file_actions=silence)
    status = os.waitpid(pid, 0)[1]
    took = time.perf_counter() - begin
    if status:
        sys.exit("medians.py: status %d: %s" % (status, shlex.join(words)))
    return 1000 * took


def main(runs, prepare, *commands):
    commands = [shlex.split(command) for command in commands]
    times = [[] for _ in commands]
    for number in range(int(runs) + 2):
        for words, took in zip(commands, times):
            if prepare:
                run(shlex.split(prepare))
            one = run(words)
            # The first two only warm up.
            if number >= 2:
                took.append(one)
    print(*("%.2f" % statistics.median(took) for took in times))


main(*sys.argv[1:])
