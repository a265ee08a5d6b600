"""What passes a terminal: a worker that prints, in a pane of tmux's with
nothing between, and in this program's, which keeps the terminal itself.
"""

import os

import measure
import ways

RUNS = 5
MEGABYTES = int(os.environ.get("MEGABYTES", 40))
STAND_IN = os.path.join(measure.SCRATCH, "stand-in")


class Launch(ways.Launch):
    def begin(self):
        super().begin()
        self.write(".config/celery-tmux/celery-tmux.conf", """
workers = ( { queue = "%s"; celery_cmd = "%s"; } );
""" % (self.queue, self.path("print")))


class Pane(ways.Tmux):
    word, label = "pane", "a bare pane"

    def begin(self):
        super().begin()
        self.tmux("set-option", "-g", "history-limit", "10000")
        self.start = ["tmux", "new-session", "-d", "-s", self.queue,
                      "exec " + self.path("print")]
        self.stop = ["tmux", "kill-session", "-t", self.queue]


def main(data):
    all_ways = [one(measure.SCRATCH, "-relay") for one in (Launch, Pane)]
    for run, way in measure.in_turn(all_ways, RUNS):
        seconds = way.path("seconds-%d" % run)
        way.write("print", "#!/bin/sh\nexec %s %s %d\n" % (
            STAND_IN, seconds, MEGABYTES), 0o700)
        way.quietly(way.start)
        ways.wait_until(lambda: measure.lines(seconds), 120)
        data.add("relay", "printed", way.label, "", run,
                 MEGABYTES / float(measure.lines(seconds)[0]), "MB/s")
        way.quietly(way.stop)
    for way in all_ways:
        way.end()
