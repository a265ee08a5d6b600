/*
 * repair.h - finds out by the processes of this machine what a
 * record cannot tell any more.
 */
#ifndef LIFECYCLE_REPAIR_H
#define LIFECYCLE_REPAIR_H

#include "lifecycle/job.h"

/*
 * With the lock held, make the file `run` whole.  A runner that is alive is
 * asked to end, warmly, and writes it; without any process of the worker's
 * the run has ended.  False with a sentence when there are some that no
 * runner watches over, or when the runner writes nothing.
 */
bool repair_run(struct job *job);
/*
 * The same for those beside the current run, the job's; one that is planned
 * stays as it is.
 */
bool repair_others(const struct job *job, struct problem *problem);

#endif
