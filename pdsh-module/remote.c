/*
 * remote.c - vfork and exec, with nothing in between that a child of a
 * program with threads may not do.
 *
 * pdsh's own way forks and then closes every descriptor that there might be,
 * which takes longer than the rest at today's limits (F10).
 */
#include "remote.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/system-calls.h"

/*
 * One at a time: the descriptors of the child's side are ours for a moment,
 * and a wide fan-out must not want twice as many.
 */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* All that the child needs, made before the fork. */
struct child {
    char *const *words;
    const char *input;
    int output, error;
    pid_t parent;
};

static void
close_others(void)
{
    if (syscall(SYS_close_range, 3, ~0u, 0) == 0)
        return;
    for (int i = 3; i < sysconf(_SC_OPEN_MAX); i++)     /* before Linux 5.9 */
        close(i);
}

/*
 * pdsh's memory is ours until the exec, and no place for its handlers.  What
 * the caller ignores stays so, but for SIGTERM: it is how ssh is ended.
 */
static void
forget_handlers(void)
{
    struct sigaction action;

    for (int number = 1; number < NSIG; number++)
        if (sigaction(number, NULL, &action) == 0
            && (action.sa_handler != SIG_IGN || number == SIGTERM))
            signal(number, SIG_DFL);
}

static _Noreturn void
remote_become(const struct child *child)
{
    sigset_t none;
    int input;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != child->parent)
        _exit(255);
    input = open(child->input, O_RDONLY);
    if (input >= 0 && dup2(input, STDIN_FILENO) >= 0
        && dup2(child->output, STDOUT_FILENO) >= 0
        && dup2(child->error, STDERR_FILENO) >= 0) {
        close_others();
        setsid();       /* ^C is for pdsh, and no password is asked for */
        forget_handlers();
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(child->words[0], child->words);
    }
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", child->words[0],
        strerror(errno));
    _exit(255);
}

/* With the signals of pdsh held off: its handlers are not for the child. */
static pid_t
fork_child(const struct child *child)
{
    sigset_t all, before;
    pid_t pid;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* A fork copies pdsh's page tables, and remote_become() is made for it. */
    /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
    pid = vfork();
    if (pid == 0)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Vfork) */
        remote_become(child);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

/* pdsh waits for its end of a pair with poll(2) as only sockets answer it. */
bool
remote_open(int output[2], int error[2])
{
    int failure;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, output) != 0)
        return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, error) == 0)
        return true;
    failure = errno;
    close(output[0]);
    close(output[1]);
    errno = failure;
    return false;
}

bool
remote_run(const struct words *words, int input, int output, int error,
    pid_t *pid)
{
    char path[40] = "/dev/null";

    /* Opened anew it has an offset of its own; children would share one. */
    if (input >= 0)
        snprintf(path, sizeof path, "/proc/self/fd/%d", input);
    *pid = fork_child(&(struct child){ words->word, path, output, error,
        getpid() });
    return *pid > 0;
}

static bool
remote_fork(const struct words *words, int input, pid_t *pid, int *output,
    int *error)
{
    int out[2], err[2], failure;
    bool good;

    if (!remote_open(out, err))
        return false;
    good = remote_run(words, input, out[1], err[1], pid);
    failure = errno;
    close(out[1]);
    close(err[1]);
    if (!good) {
        close(out[0]);
        close(err[0]);
    }
    errno = failure;
    *output = out[0];
    *error = err[0];
    return good;
}

bool
remote_start(const struct words *words, int input, pid_t *pid, int *output,
    int *error)
{
    bool good;

    pthread_mutex_lock(&turn);
    good = remote_fork(words, input, pid, output, error);
    pthread_mutex_unlock(&turn);
    return good;
}

int
remote_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 255;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
