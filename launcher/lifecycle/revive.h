/*
 * revive.h - begins the next run of a worker that is wanted and whose last
 * run nobody ended.
 *
 * The runner has that done at once, for a worker that was ready
 * (internal/succeed.c).  tend does it, with pauses, for what the runner left
 * alone and for what has none any more.
 */
#ifndef LIFECYCLE_REVIVE_H
#define LIFECYCLE_REVIVE_H

#include "lifecycle/job.h"

/*
 * With the lock held, for a run that is over.  The job's outcome is what tend
 * says, "" for nothing, or it has a problem.
 */
void revive_for_tend(struct job *job, const struct account *account);
/*
 * The same for the runner, which nobody listens to; what is given up, or left
 * for the limit's sake, tend says.
 */
void revive_at_once(struct job *job, const struct account *account);
/*
 * What tend would do, without the lock and whatever was told before: who asks
 * wants to know.
 */
void revive_foresee(struct job *job);
/* How the run ended that is to be replaced; freed by the caller. */
char *revive_describe(const struct job *job);

#endif
