/*
 * probe.h - a worker's own command line, run as far as to where it
 * would connect.
 *
 * Celery is started by the words and in the environment of the worker, with
 * a module in place of ours that looks about, writes down what it finds and
 * ends.  So whatever keeps the worker from starting keeps the probe, and
 * nothing is consumed.
 */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "base/problem.h"
#include "worker/account.h"
#include "worker/worker.h"

/* All zeroes: not run. */
struct probe {
    char *findings;             /* base/fields.h; see celery_tmux_probe.py */
    char *printed;              /* on both channels */
    int result;                 /* as in a shell's $? */
    bool executed;              /* it came as far as Celery's words */
    bool complete;              /* the module said all it had to */
    bool late;                  /* ended at the deadline */
    bool ready;                 /* ended because a worker said it is ready */
};

/*
 * Run it for at most `seconds`.  Nothing is left of it: neither a process nor
 * a file.  False when it could not be tried at all.  After ^C it cleans up
 * and does not come back.
 */
bool probe_run(struct probe *probe, const struct worker *worker,
    const struct account *account, long seconds, struct problem *problem);
void probe_clear(struct probe *probe);

#endif
