/*
 * worker-process.h - what a worker's program is started in: its environment,
 * its limits, a session without a terminal, and the shell of its setup
 * command.
 */
#ifndef RUNNER_WORKER_PROCESS_H
#define RUNNER_WORKER_PROCESS_H

#include <sys/types.h>

#include "worker/celery.h"

/* One that is only tried ends with us; a humble one lets others come first
   (system/spawn.h). */
enum worker_trial { WORKER_WANTED, WORKER_TRIED, WORKER_TRIED_HUMBLY };

/*
 * Start worker_setup_cmd and what follows it, printing on `terminal`, in a
 * session of its own.
 */
bool worker_process_start(const struct worker *worker,
    const struct node *node, const struct celery_run *run, int terminal,
    enum worker_trial trial, pid_t *pid, struct problem *problem);

#endif
