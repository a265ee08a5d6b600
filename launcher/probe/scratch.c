/*
 * scratch.c - a record of a probe's own, below TMPDIR.
 */
#include "probe/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"
#include "probe-modules.h"
#include "worker/celery.h"

static int
remove_file(const char *path, const struct stat *status, int kind,
    struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    remove(path);
    return 0;
}

/*
 * Have the directory for ourselves as long as we live.  The descriptor; -1
 * with errno when somebody else has it (EWOULDBLOCK), the file system has no
 * locks (ENOLCK), or it is another user's or none.
 */
static int
hold_directory(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        | O_CLOEXEC);
    struct stat status;
    int error;

    if (descriptor >= 0 && fstat(descriptor, &status) == 0) {
        if (status.st_uid != geteuid())
            errno = EPERM;
        else if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            return descriptor;
        else if (errno != EWOULDBLOCK)
            errno = ENOLCK;
    }
    error = errno;
    if (descriptor >= 0)
        close(descriptor);
    errno = error;
    return -1;
}

/* A check that was killed could not remove its record, and what is in it. */
static void
remove_forgotten(const char *base)
{
    char *pattern = text_format("%s/celery-tmux-check-*", base);
    glob_t found = {0};

    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++) {
            int descriptor = hold_directory(found.gl_pathv[i]);

            if (descriptor < 0)
                continue;
            nftw(found.gl_pathv[i], remove_file, 16, FTW_DEPTH | FTW_PHYS);
            close(descriptor);
        }
    globfree(&found);
    free(pattern);
}

/* Is the directory, which `lock` holds, still there? */
static bool
is_there(const char *path, int lock)
{
    struct stat held, there;

    return fstat(lock, &held) == 0 && stat(path, &there) == 0
        && held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

/*
 * A directory that we hold, where the file system has locks.  Another check may
 * take a new one, which nobody holds yet, for a forgotten one and remove it:
 * then we make another.
 */
static bool
scratch_make_directory(struct record *record, const char *base,
    struct problem *problem)
{
    for (;;) {
        bool made;

        record->directory = text_format("%s/celery-tmux-check-XXXXXX", base);
        made = mkdtemp(record->directory) != NULL;
        if (made)
            record->lock = hold_directory(record->directory);
        if (made && (record->lock >= 0
                ? is_there(record->directory, record->lock)
                : errno == ENOLCK))
            return true;
        if (!made || (record->lock < 0 && errno != EWOULDBLOCK
                && errno != ENOENT)) {
            problem_add(problem, STATUS_UNAVAILABLE, "cannot create the "
                "directory %s: %s; set TMPDIR to one that you can write to",
                record->directory, strerror(errno));
            if (made)
                rmdir(record->directory);
            record_clear(record);
            return false;
        }
        record_clear(record);
    }
}

bool
scratch_make(struct record *record, const struct worker *worker,
    const struct account *account, struct problem *problem)
{
    const char *set = getenv("TMPDIR");
    const char *base = set && *set == '/' ? set : "/tmp";
    char *text = worker_to_text(worker);
    bool good;

    remove_forgotten(base);
    good = scratch_make_directory(record, base, problem)
        && record_make_directory(record, "python", problem)
        && record_write(record, "worker", text, problem)
        && record_write(record, "home", account->home, problem)
        && record_write(record, "findings", "", problem)
        && record_write(record, "printed", "", problem)
        && record_write(record, "python/" CELERY_MODULE ".py",
            celery_tmux_probe_text, problem);
    free(text);
    return good;
}

void
scratch_remove(struct record *record)
{
    if (record->directory != NULL)
        nftw(record->directory, remove_file, 16, FTW_DEPTH | FTW_PHYS);
    record_clear(record);
}
