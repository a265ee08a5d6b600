/*
 * pty-guard.c - the process that guards a worker's terminal.
 */
#include "system/pty-guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/system-calls.h"
#include "system/process.h"
#include "system/spawn.h"

/* Milliseconds that a killed guard may take to be gone. */
enum { GONE = 1000 };

/* Its descriptors, in the order of guard_start(). */
enum { MASTER, RUNNER, DESCRIPTORS };

/* Descriptors of MainProcess that may be the terminal's other end. */
enum { MOST = 256 };

static const char guard_name[] = "celery-terminal";

/*
 * In the guard, which every descriptor of the terminal's other end names as
 * its owner (fcntl(2), F_GETOWN).  The runner holds the pipe's only other end,
 * so that its own end, however it comes, is the pipe's.
 */
static void
empty_terminal(void)
{
    struct pollfd master = { MASTER, POLLIN, 0 };
    char bytes[4096];
    ssize_t got;

    fcntl(MASTER, F_SETOWN, getpid());
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
    good = spawn_part(guard_name, empty_terminal, given,
        DESCRIPTORS, &guard->process, problem);
    close(pipe[0]);
    if (good)
        guard->end = pipe[1];
    else
        close(pipe[1]);
    return good;
}

/* Does the other end, `master`, name a guard that lives? */
static bool
is_guarded(int master)
{
    struct words words = {0};
    pid_t owner = fcntl(master, F_GETOWN);
    bool is = owner > 0 && proc_command(owner, &words) && words.count > 0
        && strcmp(words.word[0], guard_name) == 0;

    words_clear(&words);
    return is;
}

/*
 * The other end of the terminal that it prints to, among its descriptors:
 * system/pty.h has it inherit one.  Tasks may hold those of other terminals.
 */
static int
take_master(int process)
{
    int output = syscall(SYS_pidfd_getfd, process, STDOUT_FILENO, 0);
    unsigned terminal, other, number;
    int master = -1;

    if (output < 0)
        return -1;
    if (ioctl(output, TIOCGDEV, &terminal) == 0)
        for (int i = STDERR_FILENO + 1; i < MOST && master < 0; i++) {
            master = syscall(SYS_pidfd_getfd, process, i, 0);
            /* Only such an end has a number, and its device is the other's. */
            if (master >= 0 && (ioctl(master, TIOCGPTN, &number) != 0
                || ioctl(master, TIOCGDEV, &other) != 0
                || other != terminal)) {
                close(master);
                master = -1;
            }
        }
    close(output);
    return master;
}

void
guard_rescue(struct process main)
{
    int process = process_open(main);
    int master = process >= 0 ? take_master(process) : -1;
    struct problem ignored = {0};
    struct guard guard = {0};

    /* It takes our end for the runner's, and begins when that is closed. */
    if (master >= 0 && !is_guarded(master)
        && guard_start(&guard, master, &ignored))
        close(guard.end);
    problem_clear(&ignored);
    if (master >= 0)
        close(master);
    if (process >= 0)
        close(process);
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
