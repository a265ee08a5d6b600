/*
 * stop.h - how a worker's run is brought to its end.
 *
 * TERM to MainProcess, once a run, lets running tasks finish (warm
 * shutdown); a second one, or one to its whole group, cuts them off (F1).
 * The runner sees to "once" as long as it lives, the record after that.
 */
#ifndef LIFECYCLE_STOP_H
#define LIFECYCLE_STOP_H

#include "lifecycle/job.h"

/*
 * With the lock held: ask a run that is alive to end, and let the job's
 * deadline be stop_timeout from now.  The job has a problem, and nothing was
 * done, when nobody can tell what belongs to it.
 */
void stop_ask(struct job *job);

/* If its runner was killed, have its terminal emptied all the same. */
void stop_keep_terminal(const struct run *run);

/*
 * Without the lock: wait for the end of what was asked to, until the job's
 * deadline.  True when it has ended; what lost its runner is swept then, and
 * the job has what is left.
 */
bool stop_wait(struct job *job);

/*
 * Go on where asking did not help: QUIT, KILL, sweep.  False, with the
 * job's problem, when MainProcess survives even that.
 */
bool stop_force(struct job *job);

/*
 * The ladder down for MainProcess: TERM, which has `patience` milliseconds or
 * is left out when that is less than 0, and QUIT, which has the time that
 * Celery needs to give back its messages and `soft` seconds more.  KILL is the
 * caller's, who may have more to end.
 */
void stop_main(struct process main, long long patience, long soft);

/*
 * End the pane of a run that has ended, in case tmux has not; that there is
 * none is no problem.  A run that somebody has begun since is left alone.
 */
bool stop_session(struct job *job);

/* The sentence, and status 75, for a run that goes on draining. */
bool stop_still_draining(struct job *job, const char *way_out);

/* Note that the worker is to be down, says `by`, and ask all runs to end. */
void stop_begin(struct job *job, const char *by);
/* Has it a run that was asked to? */
bool stop_is_due(const struct job *job);
/*
 * Wait for that as stop does, or go on as kill does where `force` is set.
 * False with the job's problem when any run goes on.
 */
bool stop_runs(struct job *job, bool force);
/* The same, with the job's outcome. */
void stop_finish(struct job *job, bool force);

#endif
