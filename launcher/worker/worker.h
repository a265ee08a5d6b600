/*
 * worker.h - a worker as it is to run on one node: its layers laid over
 * one another, its names resolved.
 *
 * Nothing here asks the system anything; what depends on the node comes in
 * as `struct node`.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <stddef.h>

#include "base/problem.h"
#include "config/config.h"
#include "config/layer.h"

/* The node and the account, as resolving has to know them; all borrowed. */
struct node {
    const char *name;           /* what it is called in hosts and nodes */
    const char *user;           /* whose workers they are */
    const char *home;
    const char *shell;          /* the account's login shell */
    const char *celery;         /* celery_cmd where nothing else is said, in
                                   shell words; NULL: "celery" */
    long processors;            /* that this process may use */
    bool anywhere;              /* resolve what belongs on other nodes too, for
                                   the head's part; names may repeat then */
    bool one_session;           /* sessions may repeat: one is looked at */
};

/* All zeroes is no worker; worker_clear() gives everything back. */
struct worker {
    char *name;                 /* "gpu", "gpu+2" */
    char *session;              /* "celery-video,image" */
    char *queue;                /* "video,image" */
    char *origin;               /* the configuration it stands in, or "";
                                   NULL: as its record says */
    struct layer layer;         /* every value resolved */
};

struct workers {
    struct worker *worker;
    size_t count;
};

/* The name of a worker that says `own`; freed by the caller. */
char *worker_name(const struct configuration *config,
    const struct layer *own);

/* The queue of such a worker; freed by the caller. */
char *worker_queue(const struct configuration *config,
    const struct layer *own);

/*
 * Resolve every worker of the configuration that belongs on this node, in
 * order, each instance by itself.  `options` is what the command line says.
 * Two workers with one name, session or Celery node name are an error
 * (STATUS_CONFIG).  A configuration without any worker has one, of the
 * defaults.
 */
bool workers_resolve(const struct configuration *config,
    const struct layer *options, const struct node *node,
    struct workers *workers, struct problem *problem);

/*
 * A worker for `queue` that no configuration mentions, from the defaults, at
 * the end of `workers`; called by its session when another has its name.
 */
bool workers_add_queue(const struct configuration *config,
    const struct layer *options, const struct node *node, const char *queue,
    struct workers *workers, struct problem *problem);

/*
 * A configuration file with this worker alone that resolves to the same
 * worker again; freed by the caller.  It may hold secrets.
 */
char *worker_to_text(const struct worker *worker);
/* The same with several, behind the group `defaults` when that is not NULL. */
char *workers_to_text(const struct workers *workers,
    const struct layer *defaults);

void worker_clear(struct worker *worker);
/* Is one of them known by that name? */
bool workers_have_name(const struct workers *workers, const char *name);
/* Is one of them to run in that session? */
bool workers_have_session(const struct workers *workers, const char *session);
/* Move a worker to the end of a list. */
void workers_add(struct workers *workers, struct worker *worker);
/* Move those that are wanted, in their order; the rest is given back. */
void workers_take(struct workers *all, const bool *wanted,
    struct workers *chosen);
void workers_clear(struct workers *workers);

#endif
