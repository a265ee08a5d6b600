/*
 * spawn-part.c - what is forked twice, so that it is nobody's child: a part of
 * this program that outlives it, and a program that is to stay when all that
 * is below a subreaper is swept.
 */
#include "system/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/*
 * A search for the program by name or words, or for a worker's strays by
 * their environment, shall not find a part of it.  The kernel has all that
 * from our own memory, where the words lie behind one another.
 */
static void
hide(const char *name)
{
    struct words words = {0};
    size_t size = 0;

    prctl(PR_SET_NAME, name);
    proc_command(getpid(), &words);
    for (size_t i = 0; i < words.count; i++)
        size += strlen(words.word[i]) + 1;
    words_clear(&words);
    for (char **variable = environ; *variable; variable++)
        memset(*variable, '\0', strlen(*variable));
    if (size <= strlen(name))
        return;
    memset(program_invocation_name, '\0', size);
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): NULs are there */
    memcpy(program_invocation_name, name, strlen(name));
}

/* In a child that ends at once: its own child is nobody's then. */
static void
part(const char *name, void (*body)(void), const int *given, int count,
    int report)
{
    pid_t pid = fork();

    if (pid == 0) {
        setsid();
        hide(name);
        for (int i = 0; i < count; i++)
            dup2(given[i], i);
        spawn_close_from(count, proc_last_descriptor());
        body();
        _exit(0);
    }
    if (pid < 0)
        pid = -errno;
    (void)!write(report, &pid, sizeof pid);
    _exit(0);
}

/*
 * While we are no subreaper, for an orphan would become our child.  What a
 * worker orphans just then is found by the cookie in its environment.
 */
bool
spawn_part(const char *name, void (*body)(void), const int *given,
    int count, struct process *process, struct problem *problem)
{
    int report[2], reaper = 0;
    pid_t first, pid = -EAGAIN;         /* or minus what fork(2) said */

    *process = (struct process){0};
    if (pipe2(report, O_CLOEXEC) < 0)
        return problem_add(problem, STATUS_INTERNAL, "cannot make a pipe: "
            "%s; %s", strerror(errno), problem_way_out(errno, "raise "
            "ulimit -n"));
    prctl(PR_GET_CHILD_SUBREAPER, &reaper);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    first = fork();
    if (first == 0)
        part(name, body, given, count, report[1]);
    if (first < 0)
        pid = -errno;
    close(report[1]);
    if (first > 0) {
        while (read(report[0], &pid, sizeof pid) < 0 && errno == EINTR)
            continue;
        spawn_wait(first);
    }
    prctl(PR_SET_CHILD_SUBREAPER, reaper);
    close(report[0]);
    if (pid > 0)
        *process = proc_process(pid);
    return pid > 0 || problem_add(problem, STATUS_INTERNAL, "cannot start a "
        "process: %s; %s", strerror(-pid), problem_way_out(-pid, "check the "
        "number of processes and its limit, ulimit -u"));
}

/*
 * The child between us and the program stands still when that was executed,
 * so that we are no subreaper for the moment of its end alone: another orphan
 * of that moment would be lost to us.
 */
bool
spawn_beside(const struct words *words, const struct spawn_setup *setup,
    struct problem *problem)
{
    int subreaper = 0, status = 0;
    pid_t pid = fork(), ignored;

    if (pid == 0) {
        /* It would stand still for ever, were we killed just then. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (spawn_start(words, setup, &ignored, problem))
            raise(SIGSTOP);
        _exit(1);
    }
    while (pid > 0 && waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR)
        continue;
    if (pid < 0 || !WIFSTOPPED(status))
        return problem_add(problem, STATUS_UNAVAILABLE, "cannot run %s beside "
            "this process; try again", words->word[0]);
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    kill(pid, SIGKILL);
    spawn_wait(pid);
    prctl(PR_SET_CHILD_SUBREAPER, subreaper);
    return true;
}
