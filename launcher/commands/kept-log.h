/*
 * kept-log.h - what logs shows of the log that a worker's record keeps
 * (record/log.h), whether the worker runs or not.
 */
#ifndef COMMANDS_KEPT_LOG_H
#define COMMANDS_KEPT_LOG_H

#include "lifecycle/job.h"

/* Do the options ask for it? */
bool kept_is_asked_for(const struct options *options);
/*
 * What the options ask for, of every job; the largest status.  With --until
 * or -f, wait for more; of a job that is pinned to a run, until that ends.
 */
enum status kept_show(struct jobs *jobs, const struct context *context,
    struct problem *problem);
/*
 * The last `lines` lines of the job's run as a text, freed by the caller; where
 * that has none, and is not pinned, those of the last that has.  NULL when none
 * are kept.
 */
char *kept_last(const struct job *job, long lines);

#endif
