"""A command to many nodes, without the nodes: a stand-in for ssh takes 50 ms
and next to no processor, so what is left is the price of whoever starts it.
"""

import os

import measure

NODES = int(os.environ.get("FAN", 200))
RUNS = 3
WIDTH = "64"
# As most have it; what pdsh does for each node grows with it.
LIMITED = ["sh", "-c", 'ulimit -n 1024; exec "$@"', "sh"]


def main(data):
    bench = os.path.join(measure.SCRATCH, "fan")
    log = os.path.join(measure.SCRATCH, "fan.out")
    env = dict(os.environ, HOME=bench, STAND_IN_MS="50",
               PATH=bench + "/bin:" + os.environ["PATH"],
               PDSH_MODULE_DIR=os.path.join(bench, "modules"))
    nodes = "node[00001-%05d]" % NODES
    command = ["celery-tmux-launch", "status"]
    with open(bench + "/nodes", "w") as file:
        file.writelines("node%05d\n" % number
                        for number in range(1, NODES + 1))
    contestants = [
        ("celery-tmux", ["pdsh", "-R", "celery", "-f", WIDTH, "-w", nodes]),
        ("pdsh -R ssh", ["pdsh", "-R", "ssh", "-f", WIDTH, "-w", nodes]),
        ("clush", ["clush", "-f", WIDTH, "-w", nodes]),
        ("GNU parallel", ["parallel", "-j", WIDTH, "-a", bench + "/nodes",
                          "ssh", "{}"]),
    ]
    for run in range(1, RUNS + 1):
        for way, words in contestants:
            if os.path.exists(log):
                os.unlink(log)
            took = measure.Took(LIMITED + words + command, env, "/", log)
            created = took.created()
            said = sum("celery: running" in line
                       for line in measure.lines(log))
            if said != NODES:
                raise RuntimeError("%s: %d answers" % (way, said))
            data.add("fan-out", "to all nodes", way, NODES, run,
                     took.seconds, "s")
            data.add("fan-out", "processor", way, NODES, run,
                     took.processor / NODES, "ms a node")
            data.add("fan-out", "created", way, NODES, run,
                     created / NODES, "a node")
