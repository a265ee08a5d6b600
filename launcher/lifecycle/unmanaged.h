/*
 * unmanaged.h - a session of a worker's name that no run of ours is in: a
 * worker that StarCluster's plugin started, say, or one whose record is lost.
 */
#ifndef LIFECYCLE_UNMANAGED_H
#define LIFECYCLE_UNMANAGED_H

#include "lifecycle/job.h"

/*
 * If there is such a session, end it as kill ends a worker, `now` without
 * waiting for tasks, and every process below its panes.  `*found` tells
 * whether there was anything alive.  A pane that is only kept for a look is
 * removed; what somebody has beside it, in a session of ours, is left alone.
 * False with the job's problem.
 */
bool unmanaged_end(struct job *job, bool now, bool *found);

#endif
