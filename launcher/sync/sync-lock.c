/*
 * sync-lock.c - locked files beside what a sync changes, so that they lie on
 * the same NFS and hold off other machines too.
 */
#include "sync/sync-lock.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lock.h"
#include "base/text.h"
#include "sync/git.h"
#include "sync/revision.h"

/* Takes over `file`. */
static void
add(struct sync_locks *holds, const char *directory, char *file,
    bool repository)
{
    for (size_t i = 0; i < holds->count; i++)
        if (strcmp(holds->hold[i].file, file) == 0) {
            free(file);
            return;
        }
    holds->hold = text_reallocate(holds->hold, holds->count + 1,
        sizeof *holds->hold);
    holds->hold[holds->count++] = (struct sync_lock){
        .directory = text_copy(directory), .file = file, .lock = -1,
        .repository = repository
    };
}

void
sync_locks_add(struct sync_locks *holds, const char *directory)
{
    char *git = revision_git(directory);

    /* Without .git, git itself will say so. */
    if (git != NULL)
        add(holds, directory, text_format("%s/celery-tmux.sync", git), true);
    free(git);
}

void
sync_locks_add_directory(struct sync_locks *holds, const char *directory)
{
    add(holds, directory, text_format("%s/sync", directory), false);
}

static int
compare(const void *one, const void *other)
{
    return strcmp(((const struct sync_lock *)one)->file,
        ((const struct sync_lock *)other)->file);
}

void
sync_locks_sort(struct sync_locks *holds)
{
    if (holds->count > 1)
        qsort(holds->hold, holds->count, sizeof *holds->hold, compare);
}

bool
sync_lock_take(struct sync_lock *hold, long seconds)
{
    size_t size;

    if (!hold->repository)
        file_make_directories(hold->directory);
    hold->lock = lock_take(hold->file, seconds);
    if (hold->lock >= 0)
        hold->before = file_read(hold->lock, SIZE_MAX, &size);
    return hold->lock >= 0;
}

bool
sync_lock_wait(struct sync_lock *hold, long seconds, struct problem *problem)
{
    if (sync_lock_take(hold, seconds))
        return true;
    if (errno == EWOULDBLOCK)
        return problem_add(problem, STATUS_AGAIN, "another sync has held %s "
            "for %ld s; find it with fuser -v %s on the machine where it "
            "runs, or try again later", hold->file, seconds, hold->file);
    if (errno == EEXIST)
        return problem_add(problem, STATUS_PERMISSION, "%s is no file of "
            "yours, so it is no lock; see who put it there and remove it",
            hold->file);
    return problem_add(problem, errno == EACCES ? STATUS_PERMISSION
        : STATUS_UNAVAILABLE, "cannot lock %s: %s; %s", hold->file,
        strerror(errno), problem_way_out(errno, "sync as the owner of that "
        "file, or remove it when another user is to sync; the file system "
        "needs working locks"));
}

bool
sync_locks_changed(struct sync_locks *holds)
{
    bool changed = holds->count == 0;

    for (size_t i = 0; i < holds->count; i++) {
        struct sync_lock *hold = &holds->hold[i];

        if (hold->repository)
            hold->after = git_state(hold->directory);
        changed = changed || !hold->after || !hold->before
            || strcmp(hold->after, hold->before) != 0;
    }
    return changed;
}

static void
write_state(const struct sync_lock *hold, const char *state)
{
    if (hold->lock < 0 || ftruncate(hold->lock, 0) != 0)
        return;
    /* What is lost of it makes the next sync do its work once more. */
    (void)!pwrite(hold->lock, state, strlen(state), 0);
    (void)!file_sync(hold->lock);
}

void
sync_locks_forget(const struct sync_locks *holds)
{
    for (size_t i = 0; i < holds->count; i++)
        write_state(&holds->hold[i], "");
}

void
sync_locks_remember(const struct sync_locks *holds)
{
    for (size_t i = 0; i < holds->count; i++)
        write_state(&holds->hold[i], holds->hold[i].after
            ? holds->hold[i].after : "");
}

void
sync_locks_clear(struct sync_locks *holds)
{
    for (size_t i = 0; i < holds->count; i++) {
        struct sync_lock *hold = &holds->hold[i];

        if (hold->lock >= 0)
            close(hold->lock);
        free(hold->directory);
        free(hold->file);
        free(hold->before);
        free(hold->after);
    }
    free(holds->hold);
    *holds = (struct sync_locks){0};
}
