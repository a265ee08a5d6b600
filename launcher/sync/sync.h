/*
 * sync.h - the head's part of a start: file systems remounted, code
 * brought up to date, old bytecode deleted, the head's setup command run.
 */
#ifndef SYNC_SYNC_H
#define SYNC_SYNC_H

#include <stdio.h>

#include "worker/account.h"
#include "worker/worker.h"

struct sync {
    FILE *output;               /* where steps and what they print go */
    bool dry_run;               /* only name the steps */
    bool if_changed;            /* not a word, and nothing behind git, when
                                   nothing changed */
    bool others;                /* other users' workers come after these,
                                   and may have a repository if none of these
                                   has: then nothing is done */
};

/*
 * Do it for these workers; what several have in common is done once.  One
 * sync of a directory at a time: others wait.  The first failure ends it:
 * STATUS_UNAVAILABLE mostly, STATUS_AGAIN when somebody else's sync takes too
 * long, or when we were interrupted.  `*changed` is false only when git
 * brought nothing since the last sync that came to its end.
 */
bool sync_run(const struct sync *sync, const struct workers *workers,
    const struct account *account, bool *changed, struct problem *problem);

#endif
