/*
 * pty-guard.c - the process that guards a worker's terminal.
 */
#include "system/pty-guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "system/process.h"
#include "system/spawn.h"

/* Milliseconds that a killed guard may take to be gone. */
enum { GONE = 1000 };

/* Its descriptors, in the order of guard_start(). */
enum { MASTER, RUNNER, DESCRIPTORS };

/*
 * In the guard.  The runner holds the pipe's only other end, so that its own
 * end, however it comes, is the pipe's.
 */
static void
empty_terminal(void)
{
    struct pollfd master = { MASTER, POLLIN, 0 };
    char bytes[4096];
    ssize_t got;

    while (read(RUNNER, bytes, 1) < 0 && errno == EINTR)
        continue;
    do {
        poll(&master, 1, -1);
        got = read(MASTER, bytes, sizeof bytes);
    } while (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)));
}

bool
guard_start(struct guard *guard, int master, struct problem *problem)
{
    int given[DESCRIPTORS], pipe[2];
    bool good;

    if (guard->process.pid != 0)
        close(guard->end);
    *guard = (struct guard){0};
    if (pipe2(pipe, O_CLOEXEC) < 0)
        return problem_add(problem, STATUS_INTERNAL, "cannot make a pipe: "
            "%s; %s", strerror(errno), problem_way_out(errno, "raise "
            "ulimit -n"));
    given[MASTER] = master;
    given[RUNNER] = pipe[0];
    good = spawn_part("celery-terminal", empty_terminal, given,
        DESCRIPTORS, &guard->process, problem);
    close(pipe[0]);
    if (good)
        guard->end = pipe[1];
    else
        close(pipe[1]);
    return good;
}

void
guard_end(struct guard *guard)
{
    if (guard->process.pid == 0)
        return;
    process_signal(guard->process, SIGKILL);
    process_wait(guard->process, clock_now() + GONE);
    close(guard->end);
    *guard = (struct guard){0};
}
