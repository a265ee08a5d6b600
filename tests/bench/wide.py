"""Run by wide-fan-out: time fan-outs to nodes that are not there."""

import os
import resource
import statistics
import subprocess
import sys
import time

COMMAND = ["celery-tmux-launch", "status"]
ANSWER = b"celery: running"
TITLES = {"celery": "`pdsh -R celery`", "ssh": "`pdsh -R ssh`",
          "clush": "`clush`"}


def words(contestant, count, width):
    nodes = "node[00001-%05d]" % count
    if contestant == "clush":
        return ["clush", "-f", width, "-w", nodes] + COMMAND
    return ["pdsh", "-R", contestant, "-f", width, "-w", nodes] + COMMAND


def measure(contestant, count, width, limit):
    """Wall seconds, processor ms a node, peak MiB of the program itself.

    None when some node was not asked: pdsh runs out of descriptors.
    """
    def limited():
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    begin = time.monotonic()
    child = subprocess.Popen(
        words(contestant, count, width), preexec_fn=limited,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    answers = child.stdout.read().count(ANSWER)
    usage = os.wait4(child.pid, 0)[2]
    child.returncode = 0
    wall = time.monotonic() - begin
    if answers != count:
        return None
    return (wall, (usage.ru_utime + usage.ru_stime) * 1000 / count,
            usage.ru_maxrss / 1024)


def all_fail(count, width, failfast):
    """Each is named at the end; with failfast only who was in flight."""
    begin = time.monotonic()
    child = subprocess.run(
        words("celery", count, width), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=dict(os.environ, STAND_IN_STATUS="69",
                 PDSH_CELERY_FAILFAST=failfast))
    wall = time.monotonic() - begin
    print("\nAll of %d nodes fail%s: %.1f s, %d were asked, status %d." % (
        count, " (PDSH_CELERY_FAILFAST=1)" if failfast else "", wall,
        child.stdout.count(ANSWER), child.returncode))


def main():
    counts = [int(word) for word in os.environ["COUNTS"].split()]
    limits = [int(word) for word in os.environ["LIMITS"].split()]
    contestants = os.environ["WITH"].split()
    rounds = [int(word) for word in os.environ["ROUNDS"].split()]
    rounds += rounds[-1:] * len(counts)
    print("| nodes | -f | limit | with | wall, s | processor, ms a node "
          "| peak memory, MiB |\n|---|---|---|---|---|---|---|", flush=True)
    for count, times in zip(counts, rounds):
        for width in os.environ["WIDTHS"].split():
            for limit in limits:
                results = {contestant: [] for contestant in contestants}
                for _ in range(times):
                    for contestant in contestants:
                        results[contestant].append(measure(
                            contestant, count, width, limit))
                for contestant in contestants:
                    title = TITLES[contestant]
                    if None in results[contestant]:
                        print("| %d | %s | %d | %s | failed | | |"
                              % (count, width, limit, title), flush=True)
                        continue
                    row = [statistics.median(column)
                           for column in zip(*results[contestant])]
                    print("| %d | %s | %d | %s | %.1f | %.2f | %.1f |" % (
                        count, width, limit, title, *row), flush=True)
    for failfast in "", "1":
        all_fail(counts[-1], os.environ["WIDTHS"].split()[-1], failfast)
    print("\nLoad average %.1f." % os.getloadavg()[0])


if __name__ == "__main__":
    sys.exit(main())
