/*
 * surge.h - a restart without a moment in which no worker runs.
 *
 * The new run is begun beside the current one, in a session of the ordinary
 * name; that of the current one is called NAME~old from then on.  When Celery
 * says that the new one is ready, its runner has it made the current one and
 * the other asked to end (internal/succeed.c, others_settle), whoever waits;
 * who has asked for the restart does the same.  The other drains for as long
 * as its tasks take.  A new one that ends, or is not ready within
 * start_timeout, is ended, and the current one was never touched.
 */
#ifndef LIFECYCLE_SURGE_H
#define LIFECYCLE_SURGE_H

#include "lifecycle/job.h"

/*
 * With the lock held, for a job whose worker is to be replaced: is it to be so
 * by surge?  False as well, with a remark on standard error, where the
 * settings ask for it and it cannot be; with a problem where the command line
 * does.
 */
bool surge_is_due(struct job *job, const struct context *context);
/*
 * With the lock held: is there one beside the current run already that the job
 * may as well wait for?  The job is its then, with `surges` set.  It has the
 * same settings, and another call has begun it since this one came or, with
 * `joins`, whenever that was.
 */
bool surge_join(struct job *job, const struct context *context);
/*
 * With the lock held: end one that is not ready, as others are wanted now.  One
 * that is ready is the job's current run then, or the job has a problem.
 */
void surge_call_off(struct job *job);
/*
 * With the lock held, after that: begin the new run.  The job is its from then
 * on, with `surges` set, or has a problem.
 */
void surge_begin(struct job *job, const struct context *context);
/*
 * Without the lock, after launch_wait(): see that the new run has taken the
 * place of the other or, where it has failed, that nothing is left of it.  One
 * that is ready is not ended because a read or a write fails: both go on then,
 * and the job has a problem.
 */
void surge_conclude(struct job *job);

#endif
