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

static bool
trust_walk(const char *path, int links, struct problem *problem)
{
    char *prefix = text_copy("");
    const char *rest = path;
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
                good = trust_walk(target, links + 1, problem);
            free(target);
        }
    }
    free(prefix);
    return good;
}

bool
trust_path(const char *path, struct problem *problem)
{
    char *directory, *absolute;
    bool good;

    if (*path == '/')
        return trust_walk(path, 0, problem);
    directory = realpath(".", NULL);
    if (directory == NULL)
        return problem_add(problem, STATUS_CONFIG, "cannot resolve %s: %s; "
            "give its full path", path, strerror(errno));
    absolute = text_format("%s/%s", directory, path);
    good = trust_walk(absolute, 0, problem);
    free(absolute);
    free(directory);
    return good;
}
