/*
 * single.h - what two workers cannot have at the same time, as surge would need
 * it.
 */
#ifndef WORKER_SINGLE_H
#define WORKER_SINGLE_H

#include "worker/worker.h"

/*
 * The first of it that the worker has, as Celery's option; NULL: none.  It is
 * the worker's, or static.
 */
const char *single_find(const struct worker *worker);

#endif
