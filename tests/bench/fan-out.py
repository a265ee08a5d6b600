"""Run on the head by cluster-fan-out: time fan-outs, print the tables.

fan-out.py COUNT...           measure, with so many nodes each
fan-out.py --paramiko COUNT   be the pool of threads that is compared
"""

import concurrent.futures
import os
import resource
import signal
import sys
import time

import fan
from fan import COMMAND, QUICK, WIDTH, medians, note

THREADS = 20


def names(count):
    return ["node%03d" % number for number in range(1, count + 1)]


def paramiko_pool(count):
    """As StarCluster does: a thread takes a node, connects, runs, closes.

    Other than there, it knows the nodes' key, as ssh does.
    """
    import paramiko

    key = os.path.expanduser("~/.ssh/id_ed25519")
    with open("/etc/ssh/ssh_host_ed25519_key.pub") as file:
        known = paramiko.hostkeys.HostKeyEntry.from_line("x " + file.read())

    def one(name):
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.get_host_keys().add(name, known.key.get_name(), known.key)
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
    pdsh = ["-f", WIDTH, "-w", nodes] + COMMAND
    return {
        "celery": ["pdsh", "-R", "celery"] + pdsh,
        "ssh": ["pdsh", "-R", "ssh"] + pdsh,
        "clush": ["clush"] + pdsh,
        "parallel": ["parallel", "--will-cite", "-j", WIDTH, "--tag", "ssh",
                     "{}"] + COMMAND + [":::"] + names(count),
        "quick": ["pdsh", "-R", "celery"] + pdsh,
        "quick ssh": ["pdsh", "-R", "ssh"] + pdsh,
        "quick clush": ["clush", "-o", QUICK] + pdsh,
        "quick parallel": ["parallel", "--will-cite", "-j", WIDTH, "--tag",
                           "ssh", QUICK.replace("*", "\\*"), "{}"] + COMMAND
        + [":::"] + names(count),
        "paramiko": [sys.executable, __file__, "--paramiko", str(count)],
    }[contestant]


TITLES = {
    "celery": "`pdsh -R celery`", "ssh": "`pdsh -R ssh`",
    "clush": "`clush`", "parallel": "GNU parallel",
    "quick": "`pdsh -R celery`, quick", "quick ssh": "`pdsh -R ssh`, quick",
    "quick clush": "`clush`, quick", "quick parallel": "GNU parallel, quick",
    "paramiko": "20 threads, paramiko",
}
QUICKER = [name for name in TITLES if name.startswith("quick")] + ["paramiko"]
ENVIRONMENTS = {
    "quick": {"PDSH_CELERY_SSH": "quick"},
    "quick ssh": {"PDSH_SSH_ARGS_APPEND": QUICK},
}


def limited(limit):
    """What to do in the child, and its environment, for that limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    environment = {}
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
    """Wall seconds, ms of the head's processor a node, descriptors."""
    prepare, environment = limited(limit)
    environment.update(ENVIRONMENTS.get(contestant, {}))
    before = used_by_masters()
    wall, used, descriptors = fan.measure(
        words(contestant, count), count, prepare=prepare,
        environment=environment)
    used += used_by_masters() - before
    return wall, used * 1000 / count, descriptors


def compare(count, rounds, limit):
    exchanges = os.environ["EXCHANGES"].split()
    contestants = [name for name in TITLES if (
        "quick" if name in QUICKER else "default") in exchanges]
    results = {contestant: [] for contestant in contestants}
    for number in range(rounds):
        for contestant in contestants:
            title = TITLES[contestant]
            row = measure(contestant, count, limit)
            results[contestant].append(row)
            if limit == 1024:
                for what, value, unit in zip(
                        ("all nodes", "processor a node", "descriptors"),
                        row, ("s", "ms", "")):
                    note("cluster fan-out", what, title.replace(",", ""),
                         count, number + 1, value, unit)
    for contestant in contestants:
        base = medians(results["ssh" if "ssh" in results else "quick ssh"])
        title = TITLES[contestant]
        wall, used, descriptors = medians(results[contestant])
        print("| %d | %d | %s | %.2f | %.2f | %.1f | %.2f | %d |" % (
            count, limit, title, wall, wall / base[0], used, used / base[1],
            descriptors), flush=True)


def compare_shared(title, count, rounds):
    first, second = [], []
    for _ in range(rounds):
        end_masters()
        first.append(measure("celery", count, 1024))
        second.append(measure("celery", count, 1024))
    end_masters()
    (wall1, used1, _), (wall2, used2, _) = medians(first), medians(second)
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

    fan.configure()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for limit in limits:
        if limit > hard:
            print("The limit of %d is not permitted here (at most %d):\n"
                  "sysconf(_SC_OPEN_MAX) says so instead.\n" % (limit, hard))
    print("| nodes | limit | with | wall, s | of `-R ssh` "
          "| processor, ms a node | of `-R ssh` "
          "| descriptors |\n|---|---|---|---|---|---|---|---|", flush=True)
    for count, times in zip(counts, rounds):
        for limit in limits:
            compare(count, times, limit)
    if os.environ["SHARED"] == "yes":
        shared(list(zip(counts, rounds)))


if __name__ == "__main__":
    sys.exit(main())
