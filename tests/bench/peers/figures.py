"""figures.py readme|results|bars|growth|hosts FILE...: what the data of
several runs say, as Markdown or as columns for gnuplot.
"""

import csv
import statistics
import sys

OURS = "celery-tmux"
WAYS = [OURS, "StarCluster's commands", "tmux by hand", "celery multi",
        "supervisord", "runit"]
LOST = ("begun and cut off", "never begun")
# A row of the first screen: its title, case, measure and size, and what is
# said instead of a number when it is the bench that gave up.
ROWS = [
    ("%d restarts under load: of %d tasks cut off or never begun", "losses",
     LOST, "10", None),
    ("processes that tasks had started and the last stop left, of %d",
     "losses", ("processes left",), "10", None),
    ("without a worker in a restart, s", "gaps",
     "without a worker in a restart", "", None),
    ("without a worker after `kill -9`, s", "gaps",
     "without a worker after a kill", "", (9.5, "stays down")),
    ("tasks again after the broker's connection died silently, s", "broker",
     "consumes again", "", (90, "never")),
    ("from the command to the first task done, s", "life",
     "command to first task done", "", None),
    ("`status`, ms of processor", "life", "status, its processor", "",
     None),
]
# What each has for that.
OTHER = {("status, its processor", "celery multi"): "celery status"}
HIGHER_IS_BETTER = {"printed"}


class Run:
    def __init__(self, path):
        self.about, self.values, self.units = {}, {}, {}
        with open(path, newline="") as file:
            for case, measure, way, size, _, value, unit in csv.reader(file):
                if case == "about":
                    self.about[measure] = value
                    continue
                ways = self.values.setdefault((case, measure, size), {})
                ways.setdefault(way, []).append(float(value))
                self.units[case, measure, size] = unit


def number(value):
    if value == int(value) and abs(value) < 1e6:
        return "%d" % value
    digits = 0 if value >= 100 else 1 if value >= 1 else 2
    text = "%.*f" % (digits, value)
    return "%.1g" % value if float(text) == 0 else text


def pooled(runs, key, way):
    return [value for run in runs
            for value in run.values.get(key, {}).get(way, [])]


def counted(runs, case, measures, size, way):
    return sum(sum(pooled(runs, (case, measure, size), way))
               for measure in measures)


def cell(runs, row, way):
    _, case, measure, size, gave_up = row
    if isinstance(measure, tuple):
        return number(counted(runs, case, measure, size, way))
    values = pooled(runs, (case, measure, size), OTHER.get((measure, way),
                                                           way))
    if not values:
        return ""
    middle = statistics.median(values)
    if gave_up and middle >= gave_up[0]:
        return gave_up[1]
    return number(middle)


def readme(runs):
    tasks = 300 * len(runs)
    print("| | %s |" % " | ".join(WAYS))
    print("|---" * (1 + len(WAYS)) + "|")
    for row in ROWS:
        title = row[0]
        if title.count("%") == 2:
            title = title % (10 * len(runs), tasks)
        elif "%" in title:
            title = title % (tasks // 10)
        cells = [cell(runs, row, way) for way in WAYS]
        if row[2] == "without a worker in a restart":
            cells[0] += " (%s with `surge`)" % number(statistics.median(
                pooled(runs, ("gaps", row[2], ""), OURS + ", surge")))
        print("| %s | %s |" % (title, " | ".join(cells)))


def order(run, key, way):
    """Who is better in that run: -1 we, 1 the other, 0 neither."""
    ours = statistics.median(run.values[key][OURS])
    theirs = statistics.median(run.values[key][way])
    if key[1] in HIGHER_IS_BETTER:
        ours, theirs = theirs, ours
    return (ours > theirs) - (ours < theirs)


def pairs(runs):
    for key, ways in runs[0].values.items():
        for way in ways:
            if OURS in ways and not way.startswith(OURS) and all(
                    way in run.values.get(key, {}) for run in runs):
                yield key, way, [order(run, key, way) for run in runs]


def name(key, way):
    case, measure, size = key
    return "%s: %s%s, %s" % (case, measure, " (%s)" % size if size else "",
                             way)


def results(runs):
    print("| run | date | load average before |\n|---|---|---|")
    for place, run in enumerate(runs, 1):
        print("| %d | %s | %s |" % (place, run.about["date"],
                                    run.about["load"]))
    about = runs[0].about
    print("\n%s; %s. celery-tmux %s, %s.\n" % (
        about["machine"], about["system"], about["celery-tmux"], ", ".join(
            "%s %s" % (package, about[package]) for package in (
                "celery", "tmux", "redis-server", "supervisor", "runit",
                "pdsh", "clustershell", "parallel") if about.get(package))))
    print("| case | | way | median | least to most | runs | ours / its |")
    print("|---|---|---|---|---|---|---|")
    for key, ways in runs[0].values.items():
        case, measure, size = key
        ours = pooled(runs, key, OURS)
        for way in ways:
            values = pooled(runs, key, way)
            middle = statistics.median(values)
            ratio = ""
            if ours and middle and not way.startswith(OURS):
                ratio = number(statistics.median(ours) / middle)
            print("| %s | %s, %s | %s | %s | %s to %s | %d | %s |" % (
                case, measure + (" (%s)" % size if size else ""),
                runs[0].units[key], way, number(middle), number(min(values)),
                number(max(values)), len(values), ratio))
    if len(runs) > 1:
        found = list(pairs(runs))
        odd = [name(key, way) for key, way, orders in found
               if len(set(orders)) > 1]
        print("\nOf %d pairs %d are in the same order in both runs%s" % (
            len(found), len(found) - len(odd),
            "." if not odd else "; not: " + "; ".join(odd) + "."))


def worse(runs):
    """Where a peer is better in all runs, for whoever writes why."""
    for key, way, orders in pairs(runs):
        if set(orders) == {1}:
            ours = statistics.median(pooled(runs, key, OURS))
            theirs = statistics.median(pooled(runs, key, way))
            print("%s: %s, ours %s" % (name(key, way), number(theirs),
                                       number(ours)))


def bars(runs):
    """A line a way, from the bottom up: name, place, and a value a panel."""
    for place, way in enumerate(reversed(WAYS)):
        values = []
        for _, case, measure, size, _ in ROWS[:5]:
            if isinstance(measure, tuple):
                values.append(counted(runs, case, measure, size, way))
            else:
                values.append(statistics.median(pooled(
                    runs, (case, measure, size), way)))
        print('"%s"\t%d\t%s' % (way, place, "\t".join(
            "%g" % value for value in values)))


def titles(runs):
    tasks = 300 * len(runs)
    print(" ".join("'%s'" % title for title in (
        r"tasks lost in\n%d restarts, of %d" % (10 * len(runs), tasks),
        r"processes left\nby tasks, of %d" % (tasks // 10),
        r"s without a worker\nin a restart",
        r"s without a worker\nafter kill -9")))


def lines(case, measure, ways):
    """A block a way: sizes and values, and at the last one what it is."""
    def told(runs):
        for way, title in ways:
            of = {int(size): pooled(runs, (one, what, size), way)
                  for one, what, size in runs[0].values
                  if (one, what) == (case, measure)}
            sizes = sorted(size for size in of if of[size])
            for size in sizes:
                print('%d\t%g\t"%s"' % (
                    size, statistics.median(of[size]),
                    "  " + title if size == sizes[-1] else ""))
            print("\n")
    return told


WANTED = {
    "readme": readme, "results": results, "worse": worse, "bars": bars,
    "titles": titles,
    "growth": lines("growth", "status, processor",
                    ((OURS, OURS), ("tmux list-sessions", "tmux"),
                     ("supervisord", "supervisorctl"), ("runit", "sv"))),
    "hosts": lines("hosts", "print",
                   ((OURS, OURS), ("nodeset -e", "nodeset"),
                    ("pdsh -Q", "pdsh -Q"))),
}


def main(what, *paths):
    WANTED[what]([Run(path) for path in paths])


main(*sys.argv[1:])
