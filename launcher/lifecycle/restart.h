/*
 * restart.h - ends what runs, begins anew, waits until it is ready: what
 * start, restart and apply have in common.
 */
#ifndef LIFECYCLE_RESTART_H
#define LIFECYCLE_RESTART_H

#include "lifecycle/job.h"

/*
 * Ask a run that is in the way to end: one that drains already, and one that
 * runs when `always` says so; that is the job's outcome otherwise.
 */
void restart_ask(struct job *job, const struct context *context, bool always);

/* Every job without an outcome: begin its next run, and wait for it. */
void restart_finish(struct jobs *jobs, const struct context *context);

#endif
