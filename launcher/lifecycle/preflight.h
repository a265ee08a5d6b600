/*
 * preflight.h - nothing that runs is ended for what cannot start.
 */
#ifndef LIFECYCLE_PREFLIGHT_H
#define LIFECYCLE_PREFLIGHT_H

#include "lifecycle/job.h"

/*
 * Try the words of every open job whose worker runs and is to give way, where
 * its setting preflight says so; one that would not start gets its problem,
 * and nothing of it was touched.  No lock is held: it takes as long as an
 * import.
 */
void preflight(struct jobs *jobs, const struct context *context);

#endif
