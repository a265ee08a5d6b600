"""Who takes part here.  A peer that cannot is told of in a line."""

import os

import measure
import supervisors
import ways

WORKERS = []
for kind in (ways.Launch, ways.StarCluster, ways.Tmux, ways.Multi,
             supervisors.Supervisord, supervisors.Runit, supervisors.Systemd,
             supervisors.Overmind):
    why = kind.absent(measure.SCRATCH)
    if kind.word not in os.environ.get("WAYS", kind.word).split():
        pass
    elif why:
        print("%s takes no part: %s" % (kind.label, why), flush=True)
    else:
        WORKERS.append(kind)
