/*
 * record.c - a worker's directory: where it lies, its lock, its files.
 * The contents of the files `run` and `wanted` stand in record/run.c.
 */
#include "record/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/seal.h"
#include "base/text.h"
#include "base/trust.h"

static char *
host_directory(const char *state)
{
    char host[256] = "";

    gethostname(host, sizeof host - 1);
    return text_format("%s/%s", state, host);
}

void
record_name(struct record *record, const char *state, const char *session)
{
    char *base = host_directory(state);

    *record = (struct record){0};
    record->directory = text_format("%s/%s", base, session);
    free(base);
}

bool
record_make_directory(const struct record *record, const char *name,
    struct problem *problem)
{
    char *path = text_format("%s/%s", record->directory, name);
    bool good = file_make_directories(path);
    int error = errno;

    free(path);
    return good || problem_add(problem, error == EACCES ? STATUS_PERMISSION
        : STATUS_UNAVAILABLE, "cannot create the directory %s: %s; %s",
        record->directory, strerror(error), problem_way_out(error,
        "set state_dir to one that you can write"));
}

bool
record_make(struct record *record, struct problem *problem)
{
    return record_make_directory(record, "runs", problem)
        && trust_path(record->directory, problem);
}

bool
record_exists(const struct record *record, bool *exists,
    struct problem *problem)
{
    *exists = access(record->directory, F_OK) == 0;
    if (!*exists && errno != ENOENT && errno != ENOTDIR)
        return problem_add(problem, STATUS_AGAIN, "cannot access %s: %s; "
            "nothing was done; correct its permissions",
            record->directory, strerror(errno));
    return !*exists || trust_path(record->directory, problem);
}

static bool
cannot_list(const char *path, struct problem *problem)
{
    return problem_add(problem, STATUS_AGAIN, "cannot list the workers in %s: "
        "%s; %s", path, strerror(errno), problem_way_out(errno,
        "check that you can read it"));
}

bool
record_list(const char *state, const char *below, struct words *sessions,
    struct problem *problem)
{
    char *host = host_directory(state);
    char *base = text_format("%s/%s", host, below ? below : "");
    DIR *directory = opendir(base);
    struct dirent *file;
    bool good = directory != NULL || errno == ENOENT
        || cannot_list(base, problem);

    while (directory != NULL && (errno = 0, file = readdir(directory)) != NULL)
        if (*file->d_name != '.')
            words_add(sessions, file->d_name);
    if (directory != NULL && errno != 0)
        good = cannot_list(base, problem);
    if (directory != NULL)
        closedir(directory);
    free(base);
    free(host);
    return good;
}

bool
record_lock(struct record *record, long seconds, struct problem *problem)
{
    char *path = text_format("%s/lock", record->directory);
    int descriptor = lock_take(path, seconds);
    bool good = true;

    if (descriptor >= 0)
        record->lock = descriptor;
    else if (errno == EWOULDBLOCK)
        good = problem_add(problem, STATUS_AGAIN, "%s has been locked by "
            "another celery-tmux-launch for %ld s; try again later (fuser -v "
            "%s shows which)", path, seconds, path);
    else
        good = problem_add(problem, STATUS_UNAVAILABLE, "cannot lock %s: %s; "
            "%s", path, strerror(errno), problem_way_out(errno, "set "
            "state_dir to a directory that you can write, on a file system "
            "with working locks"));
    free(path);
    return good;
}

void
record_unlock(struct record *record)
{
    if (record->lock > 0)
        close(record->lock);
    record->lock = 0;
}

char *
record_read(const struct record *record, const char *name)
{
    char *path = text_format("%s/%s", record->directory, name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int error = descriptor < 0 ? errno : EBADMSG;
    struct stat status;
    char *text = NULL;
    size_t size = 0;

    free(path);
    if (descriptor >= 0 && fstat(descriptor, &status) != 0)
        error = errno;
    else if (descriptor >= 0 && S_ISREG(status.st_mode)) {
        text = file_read_known(descriptor, status.st_size, &size);
        error = errno;
    }
    if (text != NULL && (strlen(text) != size || !seal_open(text))) {
        free(text);
        text = NULL;
        error = EBADMSG;
    }
    if (descriptor >= 0)
        close(descriptor);
    errno = error;
    return text;
}

int
record_unread(const char *text)
{
    return text || errno == ENOENT || errno == ENOTDIR || errno == EBADMSG
        ? 0 : errno;
}

bool
record_has(const struct record *record, const char *name)
{
    char *path = text_format("%s/%s", record->directory, name);
    bool has = access(path, F_OK) == 0;

    free(path);
    return has;
}

bool
record_complain(const struct record *record, const char *name,
    struct problem *problem)
{
    return problem_add(problem, STATUS_UNAVAILABLE, "%s/%s is missing, empty, "
        "damaged, or of another version or worker, so nothing was done; "
        "celery-tmux-launch start makes it anew",
        record->directory, name);
}

static bool
record_replace(const struct record *record, const char *name, const char *text,
    bool lasting, struct problem *problem)
{
    char *path = text_format("%s/%s", record->directory, name);
    char *fresh = text_format("%s.%d", path, (int)getpid());
    int descriptor, error = 0;

    descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
        | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        error = errno;
    else {
        if (!file_write(descriptor, text, strlen(text), false)
            || (lasting && !file_sync(descriptor)))
            error = errno;
        if (close(descriptor) != 0 && error == 0)
            error = errno;
        failpoint_of("writing", name);
        if (error == 0 && rename(fresh, path) != 0)
            error = errno;
        failpoint_of("wrote", name);
        if (error != 0)
            unlink(fresh);
    }
    if (error != 0)
        problem_add(problem, STATUS_UNAVAILABLE, "cannot write %s: %s; %s",
            path, strerror(error), problem_way_out(error, "make room there, "
            "or set state_dir to another directory"));
    free(fresh);
    free(path);
    return error == 0;
}

bool
record_write(const struct record *record, const char *name, const char *text,
    struct problem *problem)
{
    return record_replace(record, name, text, false, problem);
}

bool
record_keep(const struct record *record, const char *name, const char *text,
    struct problem *problem)
{
    char *sealed = seal_text(text);
    bool good = record_replace(record, name, sealed, true, problem);

    free(sealed);
    return good;
}

/* Nothing can be done about a failure, and the files are whole either way. */
void
record_sync(const struct record *record)
{
    file_sync_directory(record->directory);
}

void
record_remove(const struct record *record, const char *name)
{
    char *path = text_format("%s/%s", record->directory, name);

    unlink(path);
    free(path);
}

void
record_clear(struct record *record)
{
    record_unlock(record);
    free(record->directory);
    *record = (struct record){0};
}
