"""Run on the head by cluster-trees: time fan-outs through gateways.

trees.py                       measure, print the tables
trees.py --names COUNT NODES   print all kinds of names, for /etc/hosts
trees.py --neighbours NODES ADDRESS
                               print all hosts' hardware addresses, for ip(8)
"""

import os
import random
import re
import sys
import time

import fan
from fan import COMMAND, WIDTH, medians, note

KINDS = {"fold": "fold", "words": "do not fold",
         "numbers": "have several numbers"}
PARTS = "/srv/shared/parts"
USED = PARTS + "/used"
# Called on gateways: does its arguments, as Python if they are a module of it,
# and notes what processor that took.
GAUGE = PARTS + "/gauge"
GAUGE_SCRIPT = """#!/bin/bash
[ "$1" != -m ] || set -- /usr/bin/python3 "$@"
"$@"
status=$?
times >"%s/$HOSTNAME"
exit $status
""" % USED


def names(count):
    """Numbered, words that have nothing in common, and places in a room,
    as clustershell#565 has them.
    """
    dice = random.Random(560)
    found = set()
    while len(found) < count:
        found.add("".join(dice.choice("bdfgklmnprstv") + dice.choice("aeiou")
                          for _ in range(dice.randint(3, 6))))
    return {"fold": ["work%04d" % number for number in range(1, count + 1)],
            "words": sorted(found),
            "numbers": ["x%02dy%02dz%02d-%d-%d-%04d-rack" % (
                dice.randint(1, 40), dice.randint(1, 40), dice.randint(1, 40),
                dice.randint(500, 600), dice.randint(600, 700), number)
                for number in range(1, count + 1)]}


def address(number):
    """Of a node; see tests/cluster/cluster."""
    return "10.77.%d.%d" % (number // 250 + 1, number % 250 + 1)


def print_names(count, nodes):
    for kind in names(count).values():
        for number, name in enumerate(kind):
            print(address(number % nodes + 1), name)


def print_neighbours(nodes, of_head):
    known = [("10.77.0.1", of_head)]
    for number in range(1, nodes + 1):
        known.append((address(number), "02:00:0a:4d:%02x:%02x"
                      % (number // 256, number % 256)))
    for pair in known:
        print("neigh replace %s lladdr %s nud permanent dev eth0" % pair)


def gateways(count, nodes):
    return ["node%03d" % (nodes + 1 + number) for number in range(count)]


def prepare(counts, nodes, kinds):
    """A topology for clush and a part of the names for each gateway."""
    os.makedirs(USED)
    with open(GAUGE, "w") as file:
        file.write(GAUGE_SCRIPT)
    os.chmod(GAUGE, 0o755)
    for kind, targets in kinds.items():
        for count in counts:
            known = gateways(count, nodes)
            with open("%s/%s-%d" % (PARTS, kind, count), "w") as file:
                file.write("[routes]\nhead: %s\n%s: %s\n" % (
                    ",".join(known), ",".join(known), ",".join(targets)))
            for number, gateway in enumerate(known):
                with open("%s/%s-%d-%s" % (PARTS, kind, count, gateway),
                          "w") as file:
                    file.write("\n".join(targets[number::count]) + "\n")
        with open("%s/%s" % (PARTS, kind), "w") as file:
            file.write("\n".join(targets) + "\n")


def ways(kind, counts, nodes):
    """What is called: the title, the gateways, the words."""
    part = "%s/%s" % (PARTS, kind)
    wanted = os.environ["WITH"].split()
    if "celery" in wanted:
        yield ("`pdsh -R celery`", 0,
               ["pdsh", "-R", "celery", "-f", WIDTH, "-w", "^" + part]
               + COMMAND)
    if "clush" in wanted:
        yield ("`clush`", 0,
               ["clush", "-f", WIDTH, "--hostfile", part] + COMMAND)
    for count in counts if "tree" in wanted else ():
        yield ("`clush`, tree", count,
               ["clush", "-f", WIDTH, "--topology", "%s-%d" % (part, count),
                "--hostfile", part] + COMMAND)
    for count in counts if "pdsh" in wanted else ():
        yield ("pdsh by pdsh", count,
               ["pdsh", "-R", "ssh", "-N", "-f", WIDTH, "-w",
                ",".join(gateways(count, nodes)),
                "PDSH_MODULE_DIR=/srv/modules WCOLL=%s-%d-$(hostname) "
                "%s pdsh -R celery -f %s %s"
                % (part, count, GAUGE, WIDTH, " ".join(COMMAND))])


def busiest(count):
    """Processor seconds of the gateway that took most, once all have ended."""
    while len(os.listdir(USED)) < count:
        time.sleep(0.02)
    used = [0.0]
    for name in os.listdir(USED):
        path = os.path.join(USED, name)
        # The second line is the children's, user and system, as 0m1.234s.
        lines = []
        while len(lines) < 2:
            with open(path) as file:
                lines = re.findall(r".*\n", file.read())
        used.append(sum(60 * float(minutes) + float(seconds) for minutes,
                        seconds in re.findall(r"(\d+)m([\d.]+)s", lines[1])))
        os.unlink(path)
    return max(used)


def measure(words, count, through):
    """Wall s, ms a node of the head's processor, s of the busiest gateway's,
    descriptors at most."""
    wall, used, descriptors = fan.measure(
        words, count, environment={
            "CLUSTERSHELL_GW_PYTHON_EXECUTABLE": GAUGE})
    return wall, used * 1000 / count, busiest(through), descriptors


def compare(kind, targets, counts, nodes, rounds):
    results = {}
    for number in range(rounds):
        for title, count, words in ways(kind, counts, nodes):
            row = measure(words, len(targets), count)
            results.setdefault((title, count), []).append(row)
            for what, value, unit in zip(
                    ("all nodes", "head's processor a node",
                     "busiest gateway's processor", "descriptors"),
                    row, ("s", "ms", "s", "")):
                note("trees", "%s; names %s" % (what, KINDS[kind]),
                     title.replace(",", ""), "%d/%d" % (count, len(targets)),
                     number + 1, value, unit)
    for (title, count), rows in results.items():
        print("| %s | %s | %s | %.1f | %.2f | %.2f | %d |" % (
            (KINDS[kind], title, count or "") + medians(rows)), flush=True)


def main():
    if sys.argv[1:2] == ["--names"]:
        return print_names(int(sys.argv[2]), int(sys.argv[3]))
    if sys.argv[1:2] == ["--neighbours"]:
        return print_neighbours(int(sys.argv[2]), sys.argv[3])
    nodes, rounds = int(os.environ["NODES"]), int(os.environ["ROUNDS"])
    counts = [int(word) for word in os.environ["GATEWAYS"].split()]
    kinds = {kind: targets for kind, targets
             in names(int(os.environ["NAMES"])).items()
             if kind in os.environ["KINDS"].split()}
    fan.configure()
    prepare(counts, nodes, kinds)
    print("| names | with | gateways | wall, s | head's processor, ms a node "
          "| busiest gateway's, s | descriptors |\n"
          "|---|---|---|---|---|---|---|", flush=True)
    for kind, targets in kinds.items():
        compare(kind, targets, counts, nodes, rounds)
    print("\nLoad average %.1f." % os.getloadavg()[0])


if __name__ == "__main__":
    sys.exit(main())
