/*
 * sync-lock.c - locked files beside what a sync changes, so that they lie on
 * the same NFS and hold off other machines too.
 */
#include "sync/sync-lock.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lock.h"
#include "base/text.h"
#include "sync/git.h"
#include "sync/revision.h"

/* Takes over `file`. */
static void
sync_locks_insert(struct sync_locks *locks, const char *directory, char *file,
    bool repository)
{
    for (size_t i = 0; i < locks->count; i++)
        if (strcmp(locks->lock[i].file, file) == 0) {
            free(file);
            return;
        }
    locks->lock = text_reallocate(locks->lock, locks->count + 1,
        sizeof *locks->lock);
    locks->lock[locks->count++] = (struct sync_lock){
        .directory = text_copy(directory), .file = file, .descriptor = -1,
        .repository = repository
    };
}

void
sync_locks_add(struct sync_locks *locks, const char *directory)
{
    char *git = revision_git(directory);

    /* Without .git, git itself will say so. */
    if (git != NULL)
        sync_locks_insert(locks, directory,
            text_format("%s/celery-tmux.sync", git), true);
    free(git);
}

void
sync_locks_add_directory(struct sync_locks *locks, const char *directory)
{
    sync_locks_insert(locks, directory, text_format("%s/sync", directory),
        false);
}

static int
sync_lock_compare(const void *one, const void *other)
{
    return strcmp(((const struct sync_lock *)one)->file,
        ((const struct sync_lock *)other)->file);
}

void
sync_locks_sort(struct sync_locks *locks)
{
    if (locks->count > 1)
        qsort(locks->lock, locks->count, sizeof *locks->lock,
            sync_lock_compare);
}

bool
sync_locks_hold(struct sync_locks *locks, size_t i)
{
    struct sync_lock *lock = &locks->lock[i];
    struct stat own, held;

    if (lstat(lock->file, &own) != 0)
        return false;
    for (size_t j = 0; j < locks->count; j++) {
        const struct sync_lock *other = &locks->lock[j];

        if (j == i || other->descriptor < 0
            || fstat(other->descriptor, &held) != 0
            || held.st_dev != own.st_dev || held.st_ino != own.st_ino)
            continue;
        free(lock->before);
        lock->before = other->before ? text_copy(other->before) : NULL;
        return true;
    }
    return false;
}

bool
sync_lock_take(struct sync_lock *lock, long seconds)
{
    size_t size;

    if (!lock->repository)
        file_make_directories(lock->directory);
    lock->descriptor = lock_take(lock->file, seconds);
    if (lock->descriptor >= 0)
        lock->before = file_read(lock->descriptor, SIZE_MAX, &size);
    return lock->descriptor >= 0;
}

bool
sync_lock_wait(struct sync_lock *lock, long seconds, struct problem *problem)
{
    if (sync_lock_take(lock, seconds))
        return true;
    if (errno == EWOULDBLOCK)
        return problem_add(problem, STATUS_AGAIN, "another sync has held %s "
            "for %ld s; try again later (fuser -v %s on its machine shows "
            "which)", lock->file, seconds, lock->file);
    if (errno == EEXIST)
        return problem_add(problem, STATUS_PERMISSION, "%s is not a file of "
            "yours, so it cannot be the lock; find out who put it there, and "
            "remove it",
            lock->file);
    return problem_add(problem, errno == EACCES ? STATUS_PERMISSION
        : STATUS_UNAVAILABLE, "cannot lock %s: %s; %s", lock->file,
        strerror(errno), problem_way_out(errno, "sync as the owner of that "
        "file, or remove it to sync as another user; its file system needs "
        "working locks"));
}

bool
sync_locks_changed(struct sync_locks *locks)
{
    bool changed = locks->count == 0;

    for (size_t i = 0; i < locks->count; i++) {
        struct sync_lock *lock = &locks->lock[i];

        if (lock->repository)
            lock->after = git_state(lock->directory);
        changed = changed || !lock->after || !lock->before
            || strcmp(lock->after, lock->before) != 0;
    }
    return changed;
}

static void
write_state(const struct sync_lock *lock, const char *state)
{
    if (lock->descriptor < 0 || ftruncate(lock->descriptor, 0) != 0)
        return;
    /* If it is lost, the next sync does the work once more. */
    (void)!pwrite(lock->descriptor, state, strlen(state), 0);
    (void)!file_sync(lock->descriptor);
}

void
sync_locks_forget(const struct sync_locks *locks)
{
    for (size_t i = 0; i < locks->count; i++)
        write_state(&locks->lock[i], "");
}

void
sync_locks_remember(const struct sync_locks *locks)
{
    for (size_t i = 0; i < locks->count; i++)
        write_state(&locks->lock[i], locks->lock[i].after
            ? locks->lock[i].after : "");
}

void
sync_locks_clear(struct sync_locks *locks)
{
    for (size_t i = 0; i < locks->count; i++) {
        struct sync_lock *lock = &locks->lock[i];

        if (lock->descriptor >= 0)
            close(lock->descriptor);
        free(lock->directory);
        free(lock->file);
        free(lock->before);
        free(lock->after);
    }
    free(locks->lock);
    *locks = (struct sync_locks){0};
}
