/*
 * inventory.h - which workers and nodes a configuration speaks of.
 */
#ifndef WORKER_INVENTORY_H
#define WORKER_INVENTORY_H

#include "config/config.h"

/*
 * What a worker says, each in configuration order; NULL behind the last.
 * Without any there is one, which says nothing.
 */
const struct layer *inventory_layer(const struct configuration *config,
    size_t index);

/*
 * Add every node that a worker's hosts or an entry of nodes names, each
 * once, sorted as text.
 */
bool inventory_nodes(const struct configuration *config, struct words *nodes,
    struct problem *problem);

/* Add what the workers are called, each once, in configuration order. */
void inventory_workers(const struct configuration *config,
    struct words *names);

/* Add the queue of each, and those that entries of nodes set; each once. */
void inventory_queues(const struct configuration *config,
    struct words *queues);

/* Does the configuration have a worker of that name, on whatever node? */
bool inventory_has_worker(const struct configuration *config,
    const char *name);

/*
 * The configured name of a resolved worker: instance 2 of x is called
 * x+2, and x+1 means the first.  Freed by the caller.
 */
char *inventory_configured_name(const struct configuration *config,
    const char *name);
/*
 * Add the nodes of the worker called `name`: its hosts, or every node that
 * the configuration names when it has none; each once, sorted as text.
 * False when there is no such worker.
 */
bool inventory_worker_nodes(const struct configuration *config,
    const char *name, struct words *nodes, struct problem *problem);

#endif
