/*
 * sync-lock.h - the directories that a sync has for itself while it works, and
 * what the last one there came to.
 *
 * A hold is a locked file: celery-tmux.sync in the directory .git, or `sync`
 * in a directory that is no repository.  The file says which commits the last
 * sync that came to its end had; it is empty while one is under way.
 */
#ifndef SYNC_SYNC_LOCK_H
#define SYNC_SYNC_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct hold {
    char *directory;
    char *file;
    bool repository;            /* else there are no commits to compare */
    int lock;                   /* descriptor, -1: not held */
    char *before;               /* what the last sync came to, or NULL */
    char *after;                /* what this one did; NULL: git cannot tell */
};

struct holds {
    struct hold *hold;
    size_t count;
};

/* A repository, or another directory; each once. */
void holds_add(struct holds *holds, const char *directory);
void holds_add_directory(struct holds *holds, const char *directory);
/* In the order in which everybody takes them, so that none waits for another
 * that waits for it. */
void holds_sort(struct holds *holds);

/* Hold it, waiting `seconds`; false with errno as of lock_take(). */
bool hold_take(struct hold *hold, long seconds);
/* The same with a sentence. */
bool hold_wait(struct hold *hold, long seconds, struct problem *problem);

/* Has any repository changed since its last sync?  What is none has. */
bool holds_changed(struct holds *holds);
/* The sync goes on, or is done: what the files say. */
void holds_forget(const struct holds *holds);
void holds_remember(const struct holds *holds);

/* Let go of all. */
void holds_clear(struct holds *holds);

#endif
