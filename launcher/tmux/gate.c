/*
 * gate.c - whose is the server that a call of tmux would reach?
 *
 * The default socket lies below /tmp, where anybody may have made its
 * directory first.
 */
#include "tmux/tmux.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/trust.h"

/* The fewest that tmux gets along with, what our caller left open included. */
enum { TMUX_DESCRIPTORS = 16 };

/* Some reasons have a way out of their own behind a semicolon. */
static bool
gate_refuse(const char *socket, const char *reason, struct problem *problem)
{
    return problem_add(problem, STATUS_PERMISSION, "the socket %s is not safe "
        "to use: %s%s set tmux_socket or TMUX_TMPDIR to a place in a "
        "directory of yours, or have an administrator remove what is there",
        socket, reason, strchr(reason, ';') ? ", or" : ";");
}

/* Nobody else can put something there between a look and the connection. */
static bool
check_closed(const char *socket, const char *directory,
    struct problem *problem)
{
    struct problem found = {0};
    struct stat status;
    char *reason = NULL;
    bool good = false;

    if (!trust_path(directory, &found))
        reason = text_copy_part(found.text, strcspn(found.text, "\n"));
    else if (stat(directory, &status) != 0)
        reason = text_format("%s: %s", directory, strerror(errno));
    else if (status.st_mode & (S_IWGRP | S_IWOTH))
        reason = text_format("others can create files in %s", directory);
    else
        good = true;
    if (!good)
        gate_refuse(socket, reason, problem);
    problem_clear(&found);
    free(reason);
    return good;
}

/* A link lies where nobody else could make it; where it leads counts too. */
static bool
follow_link(const char *socket, bool *exists, struct problem *problem)
{
    char target[PATH_MAX];

    return realpath(socket, target) != NULL
        ? tmux_gate(target, exists, problem)
        : gate_refuse(socket, "it is a broken symbolic link",
            problem);
}

/* A client that has fewer waits for ever, and a server could do nothing. */
static bool
check_descriptors(struct problem *problem)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) != 0
        || limit.rlim_cur >= TMUX_DESCRIPTORS
        || problem_add(problem, STATUS_UNAVAILABLE, "cannot run tmux: %s; %s",
            strerror(EMFILE), problem_way_out(EMFILE, ""));
}

bool
tmux_gate(const char *socket, bool *exists, struct problem *problem)
{
    const char *slash = strrchr(socket, '/');
    char *directory = slash == NULL ? text_copy(".")
        : text_copy_part(socket, slash > socket ? slash - socket : 1);
    struct stat status;
    bool good = true;

    *exists = false;
    if (!check_descriptors(problem))
        good = false;
    else if (lstat(directory, &status) != 0)
        good = errno == ENOENT
            || gate_refuse(socket, strerror(errno), problem);
    else if (!check_closed(socket, directory, problem))
        good = false;
    else if (lstat(socket, &status) != 0)
        good = errno == ENOENT
            || gate_refuse(socket, strerror(errno), problem);
    else if (S_ISLNK(status.st_mode))
        good = follow_link(socket, exists, problem);
    else if (!S_ISSOCK(status.st_mode))
        good = gate_refuse(socket, "it is not a socket", problem);
    else if (status.st_uid != geteuid())
        good = gate_refuse(socket, "it belongs to another user", problem);
    else
        *exists = true;
    free(directory);
    return good;
}
