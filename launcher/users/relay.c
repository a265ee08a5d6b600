/*
 * relay.c - copies, hands on, serves, waits.
 */
#include "users/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/plain.h"
#include "cli/progress.h"
#include "sync/privileged.h"
#include "system/signals.h"
#include "system/spawn.h"

/*
 * Milliseconds: between two looks at a child that keeps quiet, and at one
 * that is about to end; until one that was asked, or killed, has ended.
 */
enum { LOOK = 100, LAST_LOOK = 5, GRACE = 10000 };

/* The channels that we poll: requests to root, its output, its errors. */
enum { REQUESTS, OUTPUT, ERRORS, CHANNELS };

struct relaying {
    const struct relay *relay;
    struct pollfd channel[CHANNELS];    /* our ends; -1: none */
    int theirs[CHANNELS];
    int report;                 /* of its start */
    long long deadline;
    bool asked, killed, unread;
};

static volatile pid_t child;
static volatile sig_atomic_t handed_on;

/* The user may have stopped it. */
static void
hand_on(int number)
{
    handed_on = 1;
    if (child > 0) {
        kill(child, number);
        kill(child, SIGCONT);
    }
}

static void
close_all(int *ends)
{
    for (int i = 0; i < CHANNELS; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

/* Do both of ours lead to one place?  Then one pipe keeps their order. */
static bool
is_one_output(void)
{
    struct stat output, errors;

    return fstat(STDOUT_FILENO, &output) == 0
        && fstat(STDERR_FILENO, &errors) == 0
        && output.st_dev == errors.st_dev && output.st_ino == errors.st_ino;
}

static bool
make_channels(struct relaying *relaying, struct problem *problem)
{
    int ends[CHANNELS][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
    bool good = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
        ends[REQUESTS]) == 0 && pipe2(ends[OUTPUT], O_CLOEXEC) == 0
        && (is_one_output() || pipe2(ends[ERRORS], O_CLOEXEC) == 0);

    if (!good)
        problem_add(problem, STATUS_INTERNAL, "cannot make a pipe for user "
            "%s: %s; %s", relaying->relay->user, strerror(errno),
            problem_way_out(errno, "check whether memory is short"));
    for (int i = 0; i < CHANNELS; i++) {
        relaying->channel[i] = (struct pollfd){ ends[i][0], POLLIN, 0 };
        relaying->theirs[i] = ends[i][1];
    }
    return good;
}

static bool
relay_start(struct relaying *relaying, pid_t *pid, struct problem *problem)
{
    const struct relay *relay = relaying->relay;
    const int *theirs = relaying->theirs;
    struct spawn_setup setup = {
        .environment = relay->environment, .directory = "/",
        .owner = relay->owner, .report = &relaying->report,
        .new_session = true,
        .extra = theirs[REQUESTS], .output = theirs[OUTPUT],
        .error = theirs[theirs[ERRORS] < 0 ? OUTPUT : ERRORS],
        .input = file_in_memory("celery-tmux.conf", relay->input,
            strlen(relay->input)),
    };
    bool good;

    if (setup.input < 0)
        return problem_add(problem, STATUS_INTERNAL, "cannot hold the "
            "configuration for user %s in memory: %s; check whether "
            "memory is short", relay->user, strerror(errno));
    good = spawn_start(relay->words, &setup, pid, problem);
    close(setup.input);
    return good;
}

/* How much it was; 0 or less when nothing more can come. */
static ssize_t
copy(const struct relaying *relaying, int channel)
{
    FILE *to = channel == OUTPUT && !relaying->relay->to_errors ? plain_out
        : plain_err;
    char part[16384];
    ssize_t got;

    do
        got = read(relaying->channel[channel].fd, part, sizeof part);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return got;
    progress_clear();
    fwrite(part, 1, got, to);
    fflush(to);
    return got;
}

/* Time that root's commands take for it is not its own. */
static bool
serve(struct relaying *relaying)
{
    long long took = 0;
    bool good = privileged_serve(relaying->channel[REQUESTS].fd, child,
        relaying->relay->workers, &took);

    if (relaying->deadline != LLONG_MAX)
        relaying->deadline += took;
    return good;
}

static void
attend(struct relaying *relaying)
{
    int look = LOOK;

    for (int i = 0; i < CHANNELS; i++)
        if (relaying->theirs[i] >= 0 && relaying->channel[i].fd < 0)
            look = LAST_LOOK;
    if (poll(relaying->channel, CHANNELS, look) <= 0)
        return;
    for (int i = 0; i < CHANNELS; i++) {
        struct pollfd *channel = &relaying->channel[i];

        if (channel->revents != 0 && !(i == REQUESTS ? serve(relaying)
            : copy(relaying, i) > 0)) {
            close(channel->fd);
            channel->fd = -1;
        }
    }
}

/*
 * A call without a limit lasts as long as somebody reads what it prints.  It
 * sees our pipe, and not that ours has nobody any more.
 */
static void
heed_reader(struct relaying *relaying)
{
    if (relaying->relay->limit == LLONG_MAX && !handed_on && !plain_wait(0)) {
        relaying->unread = true;
        hand_on(SIGTERM);
    }
}

static void
keep_time(struct relaying *relaying)
{
    long long soon = clock_now() + GRACE;

    heed_reader(relaying);
    if (handed_on && !relaying->asked) {
        relaying->asked = true;
        if (soon < relaying->deadline)
            relaying->deadline = soon;
    }
    if (relaying->deadline != LLONG_MAX)
        progress_show(relaying->relay->user, "waiting for the call as this "
            "user", relaying->deadline);
    if (clock_left(relaying->deadline) == 0 && !relaying->killed) {
        relaying->killed = true;
        kill(child, SIGKILL);
    }
}

/*
 * Until it has ended; its status as in a shell's $?.  Others may have the
 * other ends of the pipes, so those do not tell; and who is killed may yet
 * hang in the kernel.
 */
static int
relay_await(struct relaying *relaying)
{
    int status = 0;
    pid_t got;

    while ((got = waitpid(child, &status, WNOHANG | WUNTRACED)) == 0
        || (got > 0 && WIFSTOPPED(status))) {
        if (got > 0)
            kill(child, SIGCONT);
        attend(relaying);
        keep_time(relaying);
        if (relaying->killed && clock_left(relaying->deadline + GRACE) == 0)
            return 128 + SIGKILL;
    }
    return got > 0 ? spawn_result(status) : STATUS_INTERNAL;
}

/* The output from before its end, and not what others write since. */
static void
copy_rest(struct relaying *relaying)
{
    for (int i = OUTPUT; i < CHANNELS; i++) {
        ssize_t got;
        int left = 0;

        if (relaying->channel[i].fd >= 0)
            ioctl(relaying->channel[i].fd, FIONREAD, &left);
        while (left > 0 && (got = copy(relaying, i)) > 0)
            left -= got;
    }
    progress_clear();
}

static enum status
judge(const struct relaying *relaying, int result, struct problem *problem)
{
    const char *user = relaying->relay->user;

    if (!spawn_executed(relaying->relay->words, relaying->report, problem)) {
        problem_add(problem, STATUS_UNAVAILABLE, "user %s has to run it: "
            "install it where that user can, or call it as that user, as with "
            "pdsh -l %s", user, user);
        return STATUS_UNAVAILABLE;
    }
    if (relaying->killed)
        problem_add(problem, STATUS_AGAIN, "the call as user %s did not end "
            "%s and was killed, which ends no worker; see what status says, "
            "and try again", user, relaying->asked ? "when it was asked to"
            : "in its time");
    else if (relaying->unread && result == 128 + SIGTERM)
        return STATUS_DONE;
    else if (result > 128)
        problem_add(problem, STATUS_AGAIN, "the call as user %s was ended by "
            "signal %d; see status, and try again", user, result - 128);
    if (result > 128)
        return STATUS_AGAIN;
    switch (result) {
    case STATUS_DONE: case STATUS_STOPPED: case STATUS_DEAD:
    case STATUS_UNCHANGED: case STATUS_USAGE: case STATUS_UNAVAILABLE:
    case STATUS_INTERNAL: case STATUS_AGAIN: case STATUS_PERMISSION:
    case STATUS_CONFIG:
        return result;
    default:
        problem_add(problem, STATUS_INTERNAL, "the call as user %s ended with "
            "the unknown status %d; check that user's shell startup, and try "
            "again", user, result);
        return STATUS_INTERNAL;
    }
}

enum status
relay_run(const struct relay *relay, struct problem *problem)
{
    struct relaying relaying = { .relay = relay };
    struct signals handed = {
        .number = { SIGINT, SIGTERM, SIGHUP, SIGQUIT }
    };
    enum status status = STATUS_INTERNAL;
    pid_t pid = 0;

    fflush(plain_out);
    handed_on = 0;
    child = 0;
    signals_catch(&handed, hand_on);
    if (make_channels(&relaying, problem)
        && relay_start(&relaying, &pid, problem)) {
        child = pid;
        close_all(relaying.theirs);
        relaying.deadline = relay->limit == LLONG_MAX ? LLONG_MAX
            : clock_now() + relay->limit;
        status = judge(&relaying, relay_await(&relaying), problem);
        copy_rest(&relaying);
    } else
        close_all(relaying.theirs);
    child = 0;
    signals_restore(&handed);
    for (int i = 0; i < CHANNELS; i++)
        if (relaying.channel[i].fd >= 0)
            close(relaying.channel[i].fd);
    return status;
}
