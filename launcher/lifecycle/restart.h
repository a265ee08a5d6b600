/*
 * restart.h - ends what runs, begins anew, waits until it is ready: what
 * start, restart and apply have in common.
 */
#ifndef LIFECYCLE_RESTART_H
#define LIFECYCLE_RESTART_H

#include "lifecycle/job.h"

/*
 * Ask, for every open job, a run that is in the way to end: one that drains
 * already, and one that runs where the job says that it is to be replaced;
 * that is the job's outcome otherwise.  Before any is asked, all that is known
 * to fail is tried (lifecycle/preflight.h).
 */
void restart_ask(struct jobs *jobs, const struct context *context);

/* Every job without an outcome: begin its next run, and wait for it. */
void restart_finish(struct jobs *jobs, const struct context *context);

/* Ours are not in force, because another call was at it in the same moment. */
void restart_tell_other(struct job *job);

#endif
