"""Run on the head by cluster-fan-out: time fan-outs, print the tables.

fan-out.py COUNT...           measure, with so many nodes each
fan-out.py --paramiko COUNT   be the pool of threads that is compared
"""

import concurrent.futures
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import time

COMMAND = ["celery-tmux-launch", "status"]
ANSWER = "celery: stopped"
WIDTH = "32"
THREADS = 20


def names(count):
    return ["node%03d" % number for number in range(1, count + 1)]


def paramiko_pool(count):
    """As StarCluster does: a thread takes a node, connects, runs, closes."""
    import paramiko

    key = os.path.expanduser("~/.ssh/id_ed25519")

    def one(name):
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(name, key_filename=key, look_for_keys=False,
                       allow_agent=False, timeout=60, banner_timeout=60)
        output = client.exec_command(" ".join(COMMAND))[1].read().decode()
        client.close()
        return "%s: %s" % (name, output)

    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        for line in pool.map(one, names(count)):
            sys.stdout.write(line)


def words(contestant, count):
    nodes = "node[001-%03d]" % count
    return {
        "celery": ["pdsh", "-R", "celery", "-f", WIDTH, "-w", nodes] + COMMAND,
        "ssh": ["pdsh", "-R", "ssh", "-f", WIDTH, "-w", nodes] + COMMAND,
        "clush": ["clush", "-f", WIDTH, "-w", nodes] + COMMAND,
        "paramiko": [sys.executable, __file__, "--paramiko", str(count)],
    }[contestant]


TITLES = {
    "celery": "`pdsh -R celery`", "ssh": "`pdsh -R ssh`",
    "clush": "`clush`", "paramiko": "20 threads, paramiko",
}


def limited(limit):
    """What to do in the child, and its environment, for that limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    environment = dict(os.environ, OPEN_MAX="")
    del environment["OPEN_MAX"]
    if limit > hard:
        # Tried as root before; else it is only said to be so.
        environment.update(OPEN_MAX=str(limit),
                           LD_PRELOAD="/srv/bin/open-max.so")
        limit = hard
    return (lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                       (limit, limit))), environment


def used_by_masters():
    """Processor seconds of the ssh processes that hold connections."""
    total = 0
    for pid in masters():
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def masters():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                text = file.read()
        except OSError:
            continue
        if text.startswith(b"ssh:") and b"[mux]" in text:
            found.append(int(pid))
    return found


def end_masters():
    for pid in masters():
        os.kill(pid, signal.SIGTERM)
    while masters():
        time.sleep(0.02)


def measure(contestant, count, limit):
    """Wall seconds, and processor milliseconds of the head a node."""
    prepare, environment = limited(limit)
    masters_before = used_by_masters()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    done = subprocess.run(
        words(contestant, count), preexec_fn=prepare, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    answers = done.stdout.count(ANSWER)
    if answers != count:
        sys.exit("fan-out.py: %s: %d of %d nodes answered: %s"
                 % (contestant, answers, count, done.stderr))
    used = (after.ru_utime - before.ru_utime + after.ru_stime
            - before.ru_stime + used_by_masters() - masters_before)
    return wall, used * 1000 / count


def medians(results):
    return tuple(statistics.median(column) for column in zip(*results))


def compare(count, rounds, limit):
    results = {contestant: [] for contestant in TITLES}
    for _ in range(rounds):
        for contestant in TITLES:
            results[contestant].append(measure(contestant, count, limit))
    base = medians(results["ssh"])
    for contestant, title in TITLES.items():
        wall, used = medians(results[contestant])
        print("| %d | %d | %s | %.2f | %.2f | %.0f | %.2f |" % (
            count, limit, title, wall, wall / base[0], used, used / base[1]),
            flush=True)


def compare_shared(title, count, rounds):
    first, second = [], []
    for _ in range(rounds):
        end_masters()
        first.append(measure("celery", count, 1024))
        second.append(measure("celery", count, 1024))
    end_masters()
    (wall1, used1), (wall2, used2) = medians(first), medians(second)
    print("| %d | %s | %.2f | %.2f | %.2f | %.0f | %.0f | %.2f |" % (
        count, title, wall1, wall2, wall2 / wall1, used1, used2,
        used2 / used1), flush=True)


def shared(pairs):
    config = os.path.expanduser("~/.ssh/config")
    print("\nShared connections, this module, descriptor limit 1024:\n\n"
          "| nodes | ssh_config | first, s | second, s | second/first "
          "| first, ms a node | second, ms a node | second/first |\n"
          "|---|---|---|---|---|---|---|---|", flush=True)
    for count, rounds in pairs:
        for title, drop in (("sharing alone", "KexAlgorithms"),
                            ("the sample", "nothing")):
            with open(os.environ["SAMPLE"]) as sample, \
                    open(config, "w") as file:
                file.writelines(line for line in sample
                                if drop not in line)
            compare_shared(title, count, rounds)
    os.unlink(config)


def main():
    if sys.argv[1] == "--paramiko":
        return paramiko_pool(int(sys.argv[2]))
    counts = [int(word) for word in sys.argv[1:]]
    rounds = [int(word) for word in os.environ["ROUNDS"].split()]
    rounds += rounds[-1:] * len(counts)
    limits = [int(word) for word in os.environ["LIMITS"].split()]

    os.makedirs(os.path.expanduser("~/.config/celery-tmux"), mode=0o700)
    path = os.path.expanduser("~/.config/celery-tmux/celery-tmux.conf")
    with open(path, "w") as file:
        file.write('workers = ( { queue = "celery"; } );\n')
    os.chmod(path, 0o600)

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for limit in limits:
        if limit > hard:
            print("The limit of %d is not permitted here (at most %d):\n"
                  "sysconf(_SC_OPEN_MAX) says so instead.\n" % (limit, hard))
    print("| nodes | limit | with | wall, s | of `-R ssh` "
          "| processor, ms a node | of `-R ssh` |\n"
          "|---|---|---|---|---|---|---|", flush=True)
    for count, times in zip(counts, rounds):
        for limit in limits:
            compare(count, times, limit)
    shared(list(zip(counts, rounds)))
    shutil.rmtree(os.path.dirname(path))


if __name__ == "__main__":
    sys.exit(main())
