/*
 * paths.h - for worker/worker.c alone: the paths of a worker on a node.
 */
#ifndef WORKER_PATHS_H
#define WORKER_PATHS_H

#include "base/problem.h"
#include "worker/worker.h"

/*
 * Put `home` in place of ~.  False, with STATUS_CONFIG or STATUS_USAGE, when
 * a path gets too long by that.
 */
bool worker_resolve_paths(struct worker *worker, const char *home,
    struct problem *problem);

#endif
