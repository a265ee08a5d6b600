/*
 * paths.h - the home directory in place of ~.
 */
#ifndef WORKER_PATHS_H
#define WORKER_PATHS_H

#include "base/problem.h"
#include "worker/worker.h"

/* `path`, with `home` for a ~ alone or before a slash; freed by the caller. */
char *path_at_home(const char *path, const char *home);
/*
 * Do that in all paths of a worker.  False, with STATUS_CONFIG or
 * STATUS_USAGE, when one gets too long by that.
 */
bool worker_resolve_paths(struct worker *worker, const char *home,
    struct problem *problem);

#endif
