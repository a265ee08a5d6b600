/*
 * runs.h - the runs of a worker, of which one is current.
 *
 * A run is a life of MainProcess with its runner.  It has a directory of its
 * own in the worker's record, runs/00000017, numbered in the order in which
 * they were begun, and that is a record as well:
 *
 *     worker    its settings, a configuration file of its own
 *     home      the home directory of whoever started it
 *     run       what is known of it
 *     end       how it ended (record/history.h)
 *     python/   the modules that Celery loads
 *     health    what the worker says of itself (record/health.h)
 *     stacks    where its threads stood when it could not be healed
 *     renamed   its session has another name than the worker's
 *
 * The file `current` names the one that commands speak of.  Others may be
 * there: one that is planned and follows when the current one has ended, one
 * that is begun beside it and not ready yet, some that drain, and of the last
 * ones how they ended.
 *
 * Earlier versions kept all this in the worker's directory itself, and a runner
 * of theirs goes on doing so: that directory is its run's as well.
 */
#ifndef RECORD_RUNS_H
#define RECORD_RUNS_H

#include "record/record.h"
#include "worker/worker.h"

/*
 * Name the current run's record, or the one in which there would be one; the
 * caller clears it.  Other than 0: errno why `current` cannot be read though it
 * is there, and what is named is a guess.
 */
int runs_current(const struct record *worker, struct record *run);
/*
 * Read the current run; its record is named in `*at`, unless that is NULL.  One
 * that is named and has no file `run` is broken; which one it is may be what
 * cannot be read of it.
 */
void runs_read(const struct record *worker, struct record *at,
    struct run *run);
/* As far as can be read, or guessed. */
bool runs_is_current(const struct record *worker, const struct record *run);
/* The same for the worker's, of a run's. */
void runs_worker(const struct record *run, struct record *worker);

/* With the lock held: what `run` is from now on the current one. */
bool runs_set_current(const struct record *worker, const struct record *run,
    struct problem *problem);
/* Name the record that a new one would have. */
void runs_foresee(const struct record *worker, struct record *run);
/* With the lock held: make it. */
bool runs_make(const struct record *worker, struct record *run,
    struct problem *problem);
/* Add the directories of all that are there, the newest first. */
void runs_list(const struct record *worker, struct words *directories);
/*
 * With the lock held: keep of the runs that are over nothing but how they
 * ended, and of older ones nothing.  Who was killed must have been swept.  One
 * that is planned stays, and so does one that is about to enter itself.
 */
void runs_prune(const struct record *worker);

/*
 * With the lock held: leave `worker` to whoever begins the next run.  `home`
 * is that of its user.
 */
bool runs_plan(const struct record *record, const struct worker *worker,
    const char *home, struct problem *problem);
/*
 * The same where it is to follow only if one that was begun beside it comes to
 * nothing: `worker` is what ran before that, and ended meanwhile.
 */
bool runs_plan_return(const struct record *record,
    const struct worker *worker, const char *home, struct problem *problem);
/* Is such a run planned? */
bool runs_is_return(const struct record *worker);
/*
 * Name the record of the run that is planned, or was about to be begun when
 * whoever did so was killed; false when none is.
 */
bool runs_planned(const struct record *worker, struct record *run);
bool runs_is_planned(const struct record *worker);
/*
 * Name the record of the run that is to be: the one that is planned or, where
 * none is, the current one.
 */
void runs_next(const struct record *worker, struct record *run);
/*
 * Make a plan of what an earlier version has planned, settings in the file
 * `next`; takes the lock.
 */
void runs_take_over_plan(const struct record *worker);
/* With the lock held: nothing is planned any more. */
void runs_unplan(const struct record *worker);

/*
 * Have what follows begun (internal/succeed.c) by a process of its own, which
 * outlives us and prints to `output`; 0 is where we do.
 */
bool runs_call_successor(const struct record *worker, int output,
    struct problem *problem);

#endif
