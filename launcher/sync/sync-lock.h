/*
 * sync-lock.h - the directories that a sync has for itself while it works, and
 * what the last one there came to.
 *
 * A lock is a locked file: celery-tmux.sync in the directory .git, or `sync`
 * in a directory that is no repository.  The file says which commits the last
 * sync that came to its end had; it is empty while one is under way.
 */
#ifndef SYNC_SYNC_LOCK_H
#define SYNC_SYNC_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct sync_lock {
    char *directory;
    char *file;
    bool repository;            /* else there are no commits to compare */
    int descriptor;             /* -1: not held */
    char *before;               /* what the last sync came to, or NULL */
    char *after;                /* what this one did; NULL: git cannot tell */
};

struct sync_locks {
    struct sync_lock *lock;
    size_t count;
};

/* A repository, or another directory; each once. */
void sync_locks_add(struct sync_locks *locks, const char *directory);
void sync_locks_add_directory(struct sync_locks *locks, const char *directory);
/* In the order in which everybody takes them, so that none waits for another
 * that waits for it. */
void sync_locks_sort(struct sync_locks *locks);

/*
 * Is the file of lock `i` held already, as that of another whose directory is
 * the same by another name?  Then it need not be taken, and cannot be.
 */
bool sync_locks_hold(struct sync_locks *locks, size_t i);
/* Hold it, waiting `seconds`; false with errno as of lock_take(). */
bool sync_lock_take(struct sync_lock *lock, long seconds);
/* The same with a sentence. */
bool sync_lock_wait(struct sync_lock *lock, long seconds,
    struct problem *problem);

/* Has any repository changed since its last sync?  What is none has. */
bool sync_locks_changed(struct sync_locks *locks);
/* The sync goes on, or is done: what the files say. */
void sync_locks_forget(const struct sync_locks *locks);
void sync_locks_remember(const struct sync_locks *locks);

/* Let go of all. */
void sync_locks_clear(struct sync_locks *locks);

#endif
