/*
 * process.c - fork, exec, signal, wait.  A failed exec is reported through a
 * pipe that a successful one closes; a signal goes through a descriptor of
 * the process, so that it cannot hit a later one with the same pid.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "system-calls.h"
#include "text.h"

enum { LONGEST_RUN = 60000 };

extern char **environ;

/*
 * In the child: nothing but system calls up to the exec.
 *
 * A kernel before 5.9 has no close_range(2), and a filter may forbid it.
 */
void
process_close_from(int first, int last)
{
    if (syscall(SYS_close_range, first, ~0u, 0) != 0)
        for (; first <= last; first++)
            close(first);
}

/*
 * The program gets no descriptor that our caller forgot to close.  The report
 * moves out of the way.
 */
static int
hand_over(const struct process_setup *setup, int last, int *report)
{
    int behind = setup->extra ? PROCESS_EXTRA + 1 : PROCESS_EXTRA;

    *report = fcntl(*report, F_DUPFD_CLOEXEC, behind);
    if (*report < 0 || (setup->extra
        && (dup2(setup->extra, PROCESS_EXTRA) < 0
        || fcntl(PROCESS_EXTRA, F_SETFD, 0) < 0)))
        return -1;
    if (*report != behind && dup3(*report, behind, O_CLOEXEC) < 0)
        return -1;
    *report = behind;
    process_close_from(behind + 1, last);
    return 0;
}

static void
become(const struct words *words, const struct process_setup *setup,
    int last, int report) __attribute__((noreturn));

static void
become(const struct words *words, const struct process_setup *setup,
    int last, int report)
{
    sigset_t none;

    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        if (number != SIGKILL && number != SIGSTOP)
            signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (setup->new_session)
        setsid();
    if ((setup->input && dup2(setup->input, STDIN_FILENO) < 0)
        || (setup->output && dup2(setup->output, STDOUT_FILENO) < 0)
        || (setup->error && dup2(setup->error, STDERR_FILENO) < 0)
        || (setup->owner && hand_over(setup, last, &report) < 0)
        || (setup->owner && owner_become(setup->owner) < 0)
        || (setup->directory && chdir(setup->directory) < 0))
        goto failed;
    if (setup->environment != NULL)
        environ = setup->environment->word;
    execvp(words->word[0], words->word);
failed:
    (void)!write(report, &errno, sizeof errno);
    _exit(127);
}

static bool
cannot_start(const struct words *words, int error, struct problem *problem)
{
    const char *way_out = problem_way_out(error, error == ENOENT
        ? "install it or correct PATH" : "");

    return problem_set(problem, STATUS_UNAVAILABLE, "cannot run %s: %s%s%s",
        words->word[0], strerror(error), *way_out ? "; " : "", way_out);
}

/* Waits for the exec or the end of it, unless the caller does. */
bool
process_executed(const struct words *words, int report,
    struct problem *problem)
{
    ssize_t got;
    int error;

    do
        got = read(report, &error, sizeof error);
    while (got < 0 && errno == EINTR);
    close(report);
    return got <= 0 || cannot_start(words, error, problem);
}

bool
process_start(const struct words *words, const struct process_setup *setup,
    pid_t *pid, struct problem *problem)
{
    struct process_setup wanted = *setup;
    int report[2], error, silence = -1;
    int last = setup->owner ? tree_last_descriptor() : 0;

    if (last < 0 || pipe2(report, O_CLOEXEC) < 0)
        return cannot_start(words, errno, problem);
    if (setup->silent_input) {
        silence = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (silence < 0) {
            error = errno;
            close(report[0]);
            close(report[1]);
            return cannot_start(words, error, problem);
        }
        wanted.input = silence;
    }
    /* A caller may have left it ignored, and nobody could be waited for. */
    signal(SIGCHLD, SIG_DFL);
    *pid = fork();
    if (*pid == 0)
        become(words, &wanted, last, report[1]);
    error = errno;
    close(report[1]);
    if (silence >= 0)
        close(silence);
    if (*pid < 0) {
        close(report[0]);
        return cannot_start(words, error, problem);
    }
    if (setup->report != NULL) {
        fcntl(report[0], F_SETFL, O_NONBLOCK);
        *setup->report = report[0];
        return true;
    }
    if (process_executed(words, report[0], problem))
        return true;
    while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return false;
}

int
process_result(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status)
        : WEXITSTATUS(wait_status);
}

/* Read what comes until the other end is closed; false past the deadline. */
static bool
gather(int descriptor, char **printed, long long deadline)
{
    struct pollfd one = { descriptor, POLLIN, 0 };
    char part[4096];
    ssize_t got;

    for (;;) {
        if (poll(&one, 1, clock_left(deadline)) == 0)
            return false;
        got = read(descriptor, part, sizeof part);
        if (got == 0)
            return true;
        if (got > 0)
            text_append(printed, "%.*s", (int)got, part);
        else if (errno != EINTR)
            return true;
    }
}

bool
process_run(const struct words *words, char **printed, int *result,
    struct problem *problem)
{
    struct process_setup setup = { .silent_input = true };
    int channel[2], status;
    bool in_time;
    pid_t pid;

    *printed = text_copy("");
    if (pipe2(channel, O_CLOEXEC) < 0)
        return cannot_start(words, errno, problem);
    setup.output = setup.error = channel[1];
    if (!process_start(words, &setup, &pid, problem)) {
        close(channel[0]);
        close(channel[1]);
        return false;
    }
    close(channel[1]);
    in_time = gather(channel[0], printed, clock_now() + LONGEST_RUN);
    close(channel[0]);
    if (!in_time)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    *result = process_result(status);
    return in_time || problem_set(problem, STATUS_AGAIN, "%s does not come "
        "to an end; it was killed after a minute", words->word[0]);
}

bool
process_become(const struct words *words, struct problem *problem)
{
    execvp(words->word[0], words->word);
    return cannot_start(words, errno, problem);
}

/*
 * A descriptor of this very process.  -1 when it has ended, when nobody can
 * tell, or on a kernel before 5.3, which has no such descriptors.
 */
static int
open_process(struct process process)
{
    int descriptor;

    if (process.pid <= 0)
        return -1;
    descriptor = syscall(SYS_pidfd_open, process.pid, 0);
    if (descriptor >= 0 && !tree_is_alive(process)) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

/* Without a descriptor of it, what is left is to look and be quick. */
static bool
signal_pid(struct process process, int number)
{
    switch (tree_life(process)) {
    case LIFE_ALIVE:
        return kill(process.pid, number) == 0;
    case LIFE_DEAD:
        errno = ESRCH;
        break;
    case LIFE_UNKNOWN:
        break;
    }
    return false;
}

bool
process_signal(struct process process, int number)
{
    int descriptor = open_process(process), error;
    bool sent;

    if (descriptor < 0)
        return signal_pid(process, number);
    sent = syscall(SYS_pidfd_send_signal, descriptor, number, NULL, 0) == 0;
    error = errno;
    close(descriptor);
    if (!sent && (error == ENOSYS || error == EPERM))
        return signal_pid(process, number);
    errno = error;
    return sent;
}

bool
process_wait(struct process process, long long deadline)
{
    struct pollfd one = { open_process(process), POLLIN, 0 };
    bool ended = false;

    do {
        if (one.fd >= 0)
            ended = poll(&one, 1, clock_left(deadline)) > 0;
        else if (!(ended = tree_is_dead(process)))
            clock_sleep(20);
    } while (!ended && clock_left(deadline) > 0);
    if (one.fd >= 0)
        close(one.fd);
    return ended;
}

long
process_processors(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    return sysconf(_SC_NPROCESSORS_ONLN);
}

/*
 * Another version may have replaced this one, and then the kernel calls the
 * file of this one deleted.  The other lies at the same path; NULL: none does.
 */
static char *
path_of_successor(void)
{
    static const char deleted[] = " (deleted)";
    char path[PATH_MAX + sizeof deleted];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);

    if (size < 0)
        return NULL;
    path[size] = '\0';
    if (!text_ends(path, deleted))
        return NULL;
    path[size - strlen(deleted)] = '\0';
    return realpath(path, NULL);
}

char *
process_self(struct problem *problem)
{
    char *path = realpath("/proc/self/exe", NULL);

    if (path == NULL)
        path = path_of_successor();
    if (path == NULL)
        problem_set(problem, STATUS_INTERNAL, "cannot tell where this "
            "program lies: %s; is it installed, and /proc mounted?", strerror(errno));
    return path;
}
