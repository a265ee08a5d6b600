/*
 * worker-process.h - what a worker's program is started in: its environment,
 * its limits, a session without a terminal, and the shell of its setup
 * command.
 */
#ifndef RUNNER_WORKER_PROCESS_H
#define RUNNER_WORKER_PROCESS_H

#include <sys/types.h>

#include "worker/celery.h"

/*
 * Start worker_setup_cmd and what follows it, printing on `terminal`, in a
 * session of its own.  A humble one lets others come first (system/spawn.h).
 */
bool worker_process_start(const struct worker *worker,
    const struct node *node, const struct celery_run *run, int terminal,
    bool humble, pid_t *pid, struct problem *problem);

#endif
