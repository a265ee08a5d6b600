/*
 * site.h - which nodes a configuration speaks of.
 */
#ifndef SITE_H
#define SITE_H

#include "config.h"

/*
 * Add every node that a worker's hosts or an entry of nodes names, each
 * once, sorted as text.
 */
bool site_nodes(const struct configuration *config, struct words *nodes,
    struct problem *problem);

/*
 * Add the nodes of the worker called `name`: its hosts, or every node that
 * the configuration names when it has none.  False when there is no such
 * worker.
 */
bool site_worker_nodes(const struct configuration *config, const char *name,
    struct words *nodes, struct problem *problem);

#endif
