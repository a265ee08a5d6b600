/*
 * surroundings.h - what a worker's program is started in: its environment, a
 * session without a terminal, and through cmd-exec.c its limits and the shell
 * of its setup command.
 */
#ifndef SURROUNDINGS_H
#define SURROUNDINGS_H

#include <sys/types.h>

#include "celery.h"

/*
 * Start worker_setup_cmd and what follows it, printing on `terminal` (0: as
 * we do), in a session of its own.
 */
bool surroundings_start(const struct worker *worker,
    const struct node *node, const struct celery_run *run, int terminal,
    pid_t *pid, struct problem *problem);

#endif
