/*
 * probed-worker.h - makes of a worker the one that is probed.
 */
#ifndef PROBE_PROBED_WORKER_H
#define PROBE_PROBED_WORKER_H

#include "worker/worker.h"

/* Fill `copy`, all zeroes, with settings that load the probe's module. */
void probed_worker_make(const struct worker *worker, bool setup,
    struct worker *copy);

/*
 * All of it but its names: workers that differ in those alone, as instances
 * do, are probed once.  Freed by the caller.
 */
char *probed_worker_text(const struct worker *copy);

#endif
