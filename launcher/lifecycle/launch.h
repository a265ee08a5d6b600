/*
 * launch.h - how a worker's run is begun and waited for.
 */
#ifndef LIFECYCLE_LAUNCH_H
#define LIFECYCLE_LAUNCH_H

#include "lifecycle/job.h"

/*
 * With the lock held and no run alive: write the record and make the session
 * with the runner in it.  On return the runner has entered itself in the
 * record.  False with the job's problem, and nothing left running.  `beside`
 * is for a surge: another run is alive, and stays the current one.
 */
bool launch_begin(struct job *job, const struct account *account,
    bool beside);

/*
 * Without the lock: wait until the run is ready, or the job's deadline comes.
 * Sets the outcome to `outcome`, or the job's problem.
 */
void launch_wait(struct job *job, const char *outcome);

/* Say that a command ended what was to start; always false. */
bool launch_ended_by(struct job *job, const char *by);

/* The words that the runner's pane executes; the caller clears them. */
bool launch_runner_words(const struct job *job, struct words *words,
    struct problem *problem);

#endif
