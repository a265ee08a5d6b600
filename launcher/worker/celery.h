/*
 * celery.h - Celery's command line and environment for a worker.
 *
 * Pure: the same worker gives the same words from a login, cron or ssh.
 * Rules of Celery itself (5.2 and later, F4, F5, F9, F11): global options
 * stand before the word "worker"; the broker is handed over in
 * CELERY_BROKER_URL, which wins over the app's settings and, unlike --broker,
 * shows in no process list; APP, BROKER_URL, CELERY_WORKER_* and others bend
 * options silently, so the environment is built from nothing.
 */
#ifndef WORKER_CELERY_H
#define WORKER_CELERY_H

#include "worker/worker.h"

/* The Python module that reports readiness, without its ".py". */
#define CELERY_MODULE "celery_tmux"

/* The search path of every worker, wherever it was started from. */
#define CELERY_PATH \
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* One run's part of the environment; all borrowed, NULL leaves it out. */
struct celery_run {
    const char *id;             /* cookie, by which strays are found */
    const char *record;         /* directory of the worker's record */
    const char *notify_socket;  /* address for readiness, "@..." */
    const char *term;           /* the terminal's type */
};

/* Add the words that run the worker. */
void celery_words(const struct worker *worker, const struct node *node,
    struct words *words);

/*
 * Add the whole environment, "NAME=TEXT" a word, each name once.  `file` is
 * what env_file says, as such words, or NULL.
 */
void celery_environment(const struct worker *worker, const struct node *node,
    const struct words *file, const struct celery_run *run,
    struct words *environment);

/* Pool processes or threads that `concurrency` comes to; 0: not said. */
long celery_concurrency(const struct worker *worker, const struct node *node);

#endif
