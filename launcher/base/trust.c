/*
 * trust.c - walks a path from / down and looks at who could change it.
 */
#include "base/trust.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

static bool
is_ours(uid_t owner)
{
    return owner == 0 || owner == geteuid();
}

/*
 * One step of the way down: `path` lies in a directory that was trusted, or,
 * when `in_sticky`, in one where everybody may make files of their own.
 */
static bool
trust_step(const char *path, const struct stat *status,
    struct problem *problem)
{
    bool sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX);

    if (!is_ours(status->st_uid))
        return problem_add(problem, STATUS_PERMISSION, "%s belongs to user "
            "%u, who could make you run anything; use one that belongs to you "
            "or root", path, (unsigned)status->st_uid);
    if (S_ISLNK(status->st_mode) || sticky)
        return true;
    if (status->st_mode & (S_IWGRP | S_IWOTH))
        return problem_add(problem, STATUS_PERMISSION, "%s can be written by "
            "others, who could make you run anything; chmod %s %s", path,
            status->st_mode & S_IWOTH ? "go-w" : "g-w", path);
    return true;
}

/* The first `known` bytes of the path have been walked before. */
static bool
trust_walk(const char *path, size_t known, int links, struct problem *problem)
{
    char *prefix = text_copy_part(path, known);
    const char *rest = path + known;
    bool good = true;

    while (good && *rest) {
        size_t length = strcspn(rest + 1, "/") + 1;
        struct stat status;

        text_append(&prefix, "%.*s", (int)length, rest);
        rest += length;
        if (lstat(prefix, &status) != 0)
            good = problem_add(problem, STATUS_CONFIG, "cannot access %s: %s; "
                "correct the path or its permissions",
                prefix, strerror(errno));
        else
            good = trust_step(prefix, &status, problem);
        if (good && S_ISLNK(status.st_mode)) {
            char *target = realpath(prefix, NULL);

            if (target == NULL || links > 16)
                good = problem_add(problem, STATUS_CONFIG, "the symbolic link "
                    "%s is broken; correct or remove it", prefix);
            else
                good = trust_walk(target, 0, links + 1, problem);
            free(target);
        }
    }
    free(prefix);
    return good;
}

/*
 * Walk an absolute path.  A thousand records lie in one directory: the way to
 * the last one that was found good is not walked again, for nobody but root
 * and this user can have changed it meanwhile.
 */
static bool
trust_absolute(const char *path, struct problem *problem)
{
    static char *trusted;
    static uid_t user;
    size_t length = strrchr(path, '/') - path;
    bool known = trusted != NULL && user == geteuid()
        && strlen(trusted) == length && strncmp(trusted, path, length) == 0;
    bool good = trust_walk(path, known ? length : 0, 0, problem);

    if (good && !known) {
        free(trusted);
        trusted = text_copy_part(path, length);
        user = geteuid();
    }
    return good;
}

bool
trust_path(const char *path, struct problem *problem)
{
    char *directory, *absolute;
    bool good;

    if (*path == '/')
        return trust_absolute(path, problem);
    directory = realpath(".", NULL);
    if (directory == NULL)
        return problem_add(problem, STATUS_CONFIG, "cannot resolve %s: %s; "
            "give its full path", path, strerror(errno));
    absolute = text_format("%s/%s", directory, path);
    good = trust_absolute(absolute, problem);
    free(absolute);
    free(directory);
    return good;
}
