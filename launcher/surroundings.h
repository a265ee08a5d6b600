/*
 * surroundings.h - what a worker's program is started in: its limits, its
 * environment, the shell of its setup command.
 */
#ifndef SURROUNDINGS_H
#define SURROUNDINGS_H

#include <sys/types.h>

#include "celery.h"

/*
 * Start worker_setup_cmd and what follows it, printing on `terminal` (0: as
 * we do), in a session of its own.  The limits are set for this process as
 * well.
 */
bool surroundings_start(const struct worker *worker,
    const struct node *node, const struct celery_run *run, int terminal,
    pid_t *pid, struct problem *problem);

#endif
