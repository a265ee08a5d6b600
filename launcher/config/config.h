/*
 * config.h - a configuration file, read and checked.
 *
 *     defaults = { KEY = VALUE; ... };
 *     workers = ( { queue = "celery"; KEY = VALUE; ... }, ... );
 *     nodes = ( { hosts = "node[001-004]"; KEY = VALUE; ... }, ... );
 *
 * Its settings are kept in layers, as written; laying them over one another
 * for a node is worker/worker.h's business.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stddef.h>

#include "base/problem.h"
#include "config/layer.h"
#include "config/source.h"

/* The one that all users find. */
#define CONFIGURATION_OF_ALL "/etc/celery-tmux/celery-tmux.conf"

/* All zeroes is a configuration that says nothing. */
struct configuration {
    char *file;                 /* its one name, or -; NULL: there is none */
    char *origin;               /* -:FILE of the head for -; NULL: as file */
    struct layer defaults;
    struct config_entry {
        char *place;            /* "file:12" */
        char *worker;           /* of a node entry: for this worker alone */
        struct layer layer;
    } *workers, *nodes;
    size_t worker_count, node_count;
};

/*
 * The file to read: `file` when it is not NULL, else $CELERY_TMUX_CONFIG,
 * the user's own, the system's, whichever exists first.  NULL when there is
 * none.  `home` is the caller's home directory.  Freed by the caller.
 */
char *configuration_find(const char *file, const char *home);

/*
 * Read and check what is called `name`.  False with a sentence for every
 * mistake in it.
 */
bool configuration_read_source(struct configuration *config, const char *name,
    const struct source *source, struct problem *problem);
/* The same for a text that is in memory. */
bool configuration_read_text(struct configuration *config, const char *name,
    const char *text, struct problem *problem);

/*
 * What records call it, to know it again; NULL: there is none.  Of the head's
 * this is where it lies there, since one node may get several.
 */
const char *configuration_origin(const struct configuration *config);

void configuration_clear(struct configuration *config);

#endif
