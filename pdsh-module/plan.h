/*
 * plan.h - asks the launcher on this machine, the head, what nodes need.
 *
 * The launcher decides, and the module asks it once for all nodes; see
 * launcher/internal/plan.c.
 */
#ifndef PLAN_H
#define PLAN_H

#include "base/words.h"

struct plan {
    char *line;         /* for a shell, behind the program's name */
    int config;         /* a descriptor to read it from; -1: there is none */
    char *script;       /* for nodes that may lack the program (ship.h); NULL:
                           all have it */
    int shipment;       /* the program, and that configuration behind it */
};

/*
 * Plan `command`, whose first word is the launcher, with what nodes need that
 * may lack the program if it is to be shipped.  False with the launcher's exit
 * status in `*status`; it has said why.
 */
bool plan_make(const struct words *command, bool shipped, struct plan *plan,
    int *status);
void plan_clear(struct plan *plan);

/* The host list of a worker, freed by the caller; NULL with the status. */
char *plan_nodes(const struct words *command, const char *worker,
    int *status);

#endif
