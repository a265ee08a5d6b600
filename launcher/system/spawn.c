/*
 * spawn.c - fork, exec, wait.  A failed exec is reported through a pipe that a
 * successful one closes.
 */
#include "system/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/system-calls.h"
#include "base/text.h"

/* Milliseconds; and the nice of what is humble. */
enum { LONGEST_RUN = 60000, HUMBLE = 10 };

extern char **environ;

/*
 * In the child: nothing but system calls up to the exec.
 *
 * A kernel before 5.9 has no close_range(2), and a filter may forbid it.
 */
void
spawn_close_from(int first, int last)
{
    if (syscall(SYS_close_range, first, ~0u, 0) != 0)
        for (; first <= last; first++)
            close(first);
}

void
spawn_hide_descriptors(void)
{
    if (syscall(SYS_close_range, SPAWN_EXTRA, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
        for (int last = proc_last_descriptor(), i = SPAWN_EXTRA; i <= last;
             i++)
            fcntl(i, F_SETFD, FD_CLOEXEC);
}

static void
show_descriptors(void)
{
    for (int last = proc_last_descriptor(), i = SPAWN_EXTRA; i <= last; i++)
        fcntl(i, F_SETFD, 0);
}

/*
 * The program gets no descriptor that our caller forgot to close.  The report
 * moves out of the way.
 */
static int
hand_over(const struct spawn_setup *setup, int last, int *report)
{
    int behind = setup->extra ? SPAWN_EXTRA + 1 : SPAWN_EXTRA;

    *report = fcntl(*report, F_DUPFD_CLOEXEC, behind);
    if (*report < 0 || (setup->extra
        && (dup2(setup->extra, SPAWN_EXTRA) < 0
        || fcntl(SPAWN_EXTRA, F_SETFD, 0) < 0)))
        return -1;
    if (*report != behind && dup3(*report, behind, O_CLOEXEC) < 0)
        return -1;
    *report = behind;
    spawn_close_from(behind + 1, last);
    return 0;
}

/* The process that forks, for the child to see. */
static pid_t parent;

/* A failure in the child, as the pipe has it. */
struct failure {
    enum { OTHER, NICE, NOFILE } what;
    int value, error;
};

static bool
set_nofile(int files)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return true;
    limit.rlim_cur = files;
    if (limit.rlim_max < limit.rlim_cur)
        limit.rlim_max = limit.rlim_cur;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/*
 * With a nice of 19 it would stand still beside a task that computes, and what
 * waits for it with it; with 10 it has a tenth of the processor.
 */
static void
be_humble(void)
{
    static const char first[] = "1000";
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (file >= 0)
        (void)!write(file, first, sizeof first - 1);
    if (getpriority(PRIO_PROCESS, 0) < HUMBLE)
        setpriority(PRIO_PROCESS, 0, HUMBLE);
}

static void
reset_signals(bool keeps_ignored)
{
    struct sigaction action;
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        if (number != SIGKILL && number != SIGSTOP && !(keeps_ignored
            && (number == SIGINT || number == SIGHUP)
            && sigaction(number, NULL, &action) == 0
            && action.sa_handler == SIG_IGN))
            signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
spawn_child(const struct words *words, const struct spawn_setup *setup,
    int input, int last, int report) __attribute__((noreturn));

static void
spawn_child(const struct words *words, const struct spawn_setup *setup,
    int input, int last, int report)
{
    struct failure failure = { .what = OTHER };

    reset_signals(setup->keeps_ignored);
    if (setup->new_session)
        setsid();
    if (setup->ends_with_us) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(127);                 /* it has ended already */
    }
    if ((input && dup2(input, STDIN_FILENO) < 0)
        || (setup->output && dup2(setup->output, STDOUT_FILENO) < 0)
        || (setup->error && dup2(setup->error, STDERR_FILENO) < 0)
        || (setup->owner && hand_over(setup, last, &report) < 0)
        || (setup->owner && credentials_become(setup->owner) < 0)
        || (setup->directory && chdir(setup->directory) < 0))
        goto failed;
    if (setup->umask)
        umask(strtoul(setup->umask, NULL, 8));
    if (setup->nice
        && setpriority(PRIO_PROCESS, 0, atoi(setup->nice)) != 0)
        failure = (struct failure){ NICE, atoi(setup->nice), 0 };
    else if (setup->nofile && !set_nofile(atoi(setup->nofile)))
        failure = (struct failure){ NOFILE, atoi(setup->nofile), 0 };
    else {
        if (setup->humble)
            be_humble();
        if (setup->environment != NULL)
            environ = setup->environment->word;
        execvp(words->word[0], words->word);
    }
failed:
    failure.error = errno;
    (void)!write(report, &failure, sizeof failure);
    _exit(127);
}

static bool
cannot_start(const struct words *words, int error, struct problem *problem)
{
    const char *way_out = problem_way_out(error, error == ENOENT
        ? "install it or correct PATH" : "");

    return problem_add(problem, STATUS_UNAVAILABLE, "cannot run %s: %s%s%s",
        words->word[0], strerror(error), *way_out ? "; " : "", way_out);
}

/* Waits for the exec or the end of it, unless the caller does. */
bool
spawn_executed(const struct words *words, int report,
    struct problem *problem)
{
    struct failure failure;
    ssize_t got;

    do
        got = read(report, &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
    close(report);
    if (got <= 0)
        return true;
    switch (failure.what) {
    case NICE:
        return problem_add(problem, STATUS_PERMISSION, "cannot set nice to "
            "%d: %s; only root may go below the present value",
            failure.value, strerror(failure.error));
    case NOFILE:
        return problem_add(problem, STATUS_PERMISSION, "cannot set nofile to "
            "%d: %s; only root may go above the hard limit, which ulimit -Hn "
            "shows", failure.value, strerror(failure.error));
    case OTHER:
        break;
    }
    return cannot_start(words, failure.error, problem);
}

int
spawn_result(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status)
        : WEXITSTATUS(wait_status);
}

int
spawn_wait(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return spawn_result(status);
}

bool
spawn_start(const struct words *words, const struct spawn_setup *setup,
    pid_t *pid, struct problem *problem)
{
    int last = setup->owner ? proc_last_descriptor() : 0;
    int input = setup->silent_input ? open("/dev/null", O_RDONLY | O_CLOEXEC)
        : setup->input;
    int report[2], error;

    if (last < 0 || input < 0 || pipe2(report, O_CLOEXEC) < 0) {
        error = errno;
        if (setup->silent_input && input >= 0)
            close(input);
        return cannot_start(words, error, problem);
    }
    /* A caller may have left it ignored, and nobody could be waited for. */
    signal(SIGCHLD, SIG_DFL);
    parent = getpid();
    *pid = fork();
    if (*pid == 0)
        spawn_child(words, setup, input, last, report[1]);
    error = errno;
    close(report[1]);
    if (setup->silent_input)
        close(input);
    if (*pid < 0) {
        close(report[0]);
        return cannot_start(words, error, problem);
    }
    if (setup->report != NULL) {
        fcntl(report[0], F_SETFL, O_NONBLOCK);
        *setup->report = report[0];
        return true;
    }
    if (spawn_executed(words, report[0], problem))
        return true;
    spawn_wait(*pid);
    return false;
}

/* Read what comes until the other end is closed; false past the deadline. */
static bool
gather(int descriptor, FILE *printed, long long deadline)
{
    struct pollfd one = { descriptor, POLLIN, 0 };
    char part[4096];
    ssize_t got;

    for (;;) {
        int ready = poll(&one, 1, clock_left(deadline));

        if (ready == 0)
            return false;
        if (ready < 0 && errno == EINTR)
            continue;
        got = read(descriptor, part, sizeof part);
        if (got == 0)
            return true;
        if (got > 0)
            fwrite(part, 1, strnlen(part, got), printed);
        else if (errno != EINTR)
            return true;
    }
}

bool
spawn_run_with(const struct words *words, const struct spawn_setup *given,
    char **printed, int *result, struct problem *problem)
{
    struct spawn_setup setup = *given;
    struct text_stream kept;
    int channel[2];
    bool in_time;
    pid_t pid = 0;

    *printed = text_copy("");
    if (pipe2(channel, O_CLOEXEC) < 0)
        return cannot_start(words, errno, problem);
    setup.output = channel[1];
    if (setup.error == 0)
        setup.error = channel[1];
    if (!spawn_start(words, &setup, &pid, problem)) {
        close(channel[0]);
        close(channel[1]);
        return false;
    }
    close(channel[1]);
    in_time = gather(channel[0], text_open(&kept), clock_now() + LONGEST_RUN);
    close(channel[0]);
    free(*printed);
    *printed = text_close(&kept);
    if (!in_time)
        kill(pid, SIGKILL);
    *result = spawn_wait(pid);
    return in_time || problem_add(problem, STATUS_AGAIN, "%s did not end and "
        "was killed after a minute; try again", words->word[0]);
}

bool
spawn_run(const struct words *words, char **printed, int *result,
    struct problem *problem)
{
    const struct spawn_setup setup = { .silent_input = true };

    return spawn_run_with(words, &setup, printed, result, problem);
}

bool
spawn_become(const struct words *words, struct problem *problem)
{
    signal(SIGXFSZ, SIG_DFL);
    /* One that Celery is to hold (pty.h), or top's -c /dev/fd/63. */
    show_descriptors();
    execvp(words->word[0], words->word);
    return cannot_start(words, errno, problem);
}
