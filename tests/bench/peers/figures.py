"""figures.py readme|results|bars|growth|hosts FILE...: what the data of
several runs say, as Markdown or as columns for gnuplot.
"""

import csv
import statistics
import sys

OURS = "celery-tmux"
SURGE = OURS + ", surge"
WAYS = [OURS, "StarCluster's commands", "tmux by hand", "celery multi",
        "supervisord", "runit", "systemd", "overmind"]
LOST = ("begun and cut off", "never begun")
# A column of the first screen: its title, what it means, case, measure and
# size, and what is said instead of a number when it is the bench that gave up.
COLUMNS = [
    ("lost", "of %(tasks)d tasks, cut off or never begun in %(restarts)d"
     " restarts under load", "losses", LOST, "10", None),
    ("left", "of %(started)d processes that tasks had started, there after"
     " the last stop", "losses", ("processes left",), "10", None),
    ("restart, s", "without a worker in a restart", "gaps",
     "without a worker in a restart", "", None),
    ("crash, s", "without a worker after `kill -9`", "gaps",
     "without a worker after a kill", "", (9.5, "stays down")),
    ("broker, s", "until tasks are done again when its connection died"
     " silently", "broker", "consumes again", "", (90, "never")),
    ("task, s", "from the command to the first task done", "life",
     "command to first task done", "", None),
    ("`status`", "ms of processor", "life", "status, its processor", "", None),
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


def ways_of(runs):
    """Those that took part in all of the runs."""
    key = ("life", "command to first task done", "")
    return [way for way in WAYS
            if all(way in run.values.get(key, {}) for run in runs)]


def cell(runs, column, way):
    _, _, case, measure, size, gave_up = column
    if isinstance(measure, tuple):
        if way == SURGE:
            return ""
        return number(counted(runs, case, measure, size, way))
    values = pooled(runs, (case, measure, size), OTHER.get((measure, way),
                                                           way))
    if not values:
        return ""
    middle = statistics.median(values)
    if gave_up and middle >= gave_up[0]:
        return gave_up[1]
    return number(middle)


def counts(runs):
    tasks = 300 * len(runs)
    return {"tasks": tasks, "started": tasks // 10,
            "restarts": 10 * len(runs)}


def readme(runs):
    """Narrow, for a first screen has 80 columns; so the rest is below it."""
    print("| | %s |" % " | ".join(column[0] for column in COLUMNS))
    print("|---" * (1 + len(COLUMNS)) + "|")
    ways = ways_of(runs)
    for way in ways[:1] + [SURGE] + ways[1:]:
        title = "%s with `surge`" % OURS if way == SURGE else way
        print("| %s | %s |" % (title, " | ".join(
            cell(runs, column, way) for column in COLUMNS)))
    print("\n%s." % "; ".join("**%s**: %s" % (
        column[0].split(",")[0], column[1] % counts(runs))
        for column in COLUMNS))


def order(run, key, way):
    """Who is better in that run: -1 we, 1 the other, 0 is equal.  Better is
    whose measurements win nine of ten comparisons, each with each of the
    other's, and whose median is better by more than 5 %.
    """
    ours, theirs = run.values[key][OURS], run.values[key][way]
    if key[1] in HIGHER_IS_BETTER:
        ours, theirs = theirs, ours
    one, other = statistics.median(ours), statistics.median(theirs)
    wins = sum((a < b) + (a == b) / 2 for a in ours for b in theirs)
    share = wins / (len(ours) * len(theirs))
    if abs(one - other) <= 0.05 * max(one, other) or 0.1 < share < 0.9:
        return 0
    return -1 if share > 0.5 else 1


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
                "systemd", "overmind", "pdsh", "clustershell", "parallel")
            if about.get(package))))
    orders = {(key, way): found for key, way, found in pairs(runs)}
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
                if 0 in orders.get((key, way), ()):
                    ratio += ", equal"
            print("| %s | %s, %s | %s | %s | %s to %s | %d | %s |" % (
                case, measure + (" (%s)" % size if size else ""),
                runs[0].units[key], way, number(middle), number(min(values)),
                number(max(values)), len(values), ratio))
    odd = [name(key, way) for (key, way), found in orders.items()
           if {-1, 1} <= set(found)]
    equal = sum(0 in found for found in orders.values()) - sum(
        {-1, 0, 1} <= set(found) for found in orders.values())
    if len(runs) > 1:
        print("\nOf %d pairs %d are in the same order in all runs, %d are equal"
              " in one at least, and %d in another order in each%s." % (
                  len(orders), len(orders) - equal - len(odd), equal,
                  len(odd), ": " + "; ".join(odd) if odd else ""))
    goal(runs)


def goal(runs):
    """What `start --no-wait` costs beside StarCluster's three calls."""
    said = []
    for measure, title in (
            ("start returned", "its time"),
            ("its processor", "its own processor"),
            ("everybody's processor", "everybody's processor"),
            ("instructions", "its own instructions")):
        ours, theirs = (pooled(runs, ("stand-in", measure, ""), way)
                        for way in (OURS + ", --no-wait", WAYS[1]))
        if ours and theirs:
            said.append("%s %s" % (number(statistics.median(ours) /
                                          statistics.median(theirs)), title))
    if said:
        print("\n`start --no-wait` of a stand-in, in times of StarCluster's three"
              " calls (the goal is 1.5): %s." % ", ".join(said))


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
    for place, way in enumerate(reversed(ways_of(runs))):
        values = []
        for _, _, case, measure, size, _ in COLUMNS[:4]:
            if isinstance(measure, tuple):
                values.append(counted(runs, case, measure, size, way))
            else:
                values.append(statistics.median(pooled(
                    runs, (case, measure, size), way)))
        print('"%s"\t%d\t%s' % (way, place, "\t".join(
            "%g" % value for value in values)))


def titles(runs):
    print(" ".join("'%s'" % title % counts(runs) for title in (
        r"tasks lost in\n%(restarts)d restarts, of %(tasks)d",
        r"processes left\nby tasks, of %(started)d",
        r"s without a worker\nin a restart",
        r"s without a worker\nafter kill -9")))


def names(runs):
    """From the bottom up, as gnuplot's words."""
    print(" ".join('\\"%s\\"' % way for way in reversed(ways_of(runs))))


def lines(case, measure, ways):
    """A block a way: sizes and values, and at the last one what it is.  Names
    that would lie upon one another are written once, together.
    """
    def told(runs):
        blocks = []
        for way, title in ways:
            of = {int(size): pooled(runs, (one, what, size), way)
                  for one, what, size in runs[0].values
                  if (one, what) == (case, measure)}
            points = [(size, statistics.median(of[size]))
                      for size in sorted(of) if of[size]]
            if not points:
                continue
            for block in blocks:
                size, value = block[0][-1]
                if size == points[-1][0] and (
                        1 / 1.3 < value / points[-1][1] < 1.3):
                    block[1] += ", " + title
                    title = ""
                    break
            blocks.append([points, title])
        for place, (points, title) in enumerate(blocks):
            if place:
                print("\n")
            for size, value in points:
                print('%d\t%g\t"%s"' % (size, value, "  " + title if (
                    size, value) == points[-1] else ""))
    return told


WANTED = {
    "readme": readme, "results": results, "worse": worse, "bars": bars,
    "titles": titles, "names": names,
    "growth": lines("growth", "status, processor",
                    ((OURS, OURS), ("tmux list-sessions", "tmux"),
                     ("supervisord", "supervisorctl"), ("runit", "sv"),
                     ("systemctl list-units", "systemctl"),
                     ("overmind", "overmind"))),
    "hosts": lines("hosts", "print",
                   ((OURS, OURS), ("nodeset -e", "nodeset"),
                    ("pdsh -Q", "pdsh -Q"))),
}


def main(what, *paths):
    WANTED[what]([Run(path) for path in paths])


main(*sys.argv[1:])
