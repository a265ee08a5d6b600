/*
 * watch.c - copies what a worker prints, turns every wish to end it into one
 * TERM for MainProcess (F1), and tells when its run is over.
 */
#include "runner/runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"
#include "record/runs.h"
#include "runner/readiness.h"
#include "runner/watchdog.h"
#include "tmux/tmux.h"

/*
 * Milliseconds: how often is looked at what does not announce itself, how long
 * a wrapper around MainProcess may outlive it, and how long ^C is not answered
 * again.
 */
enum { TICK = 500, GRACE = 2000, QUIET = 2000 };

static const char closing[] = DESIRED_BY_CLOSING;

/*
 * Hold a worker still that is not ready: nothing is lost when it ends then,
 * for it has taken no task.  One that got ready just now runs on.  One that
 * has not said a word since Celery began is either being loaded, and TERM ends
 * it, or cannot speak, and may be ready.
 */
static bool
hold_unready(struct runner *runner)
{
    if (runner->run.state != RUN_STARTING
        || (runner->run.main.pid == 0 && runner->executed != 0))
        return false;
    runner_signal_main(runner, SIGSTOP);
    readiness_hear(runner);
    if (runner->run.state == RUN_STARTING)
        return true;
    runner_signal_main(runner, SIGCONT);
    return false;
}

/* Somebody wants the worker to end. */
static void
end_run(struct runner *runner)
{
    if (runner->run.asked) {
        runner_write(runner);   /* who asks again may miss it (repair.h) */
        return;
    }
    runner->run.asked = true;
    readiness_hear(runner);
    if (hold_unready(runner)) {
        runner_change(runner, RUN_DRAINING);
        runner_sweep(runner);
        return;
    }
    readiness_take_for_main(runner);
    /* One that is draining already was told so by somebody else. */
    if (runner->run.state != RUN_DRAINING
        && !runner_signal_main(runner, SIGTERM) && errno != ESRCH) {
        /* Nobody can tell who it is just now; who asks again is heard. */
        runner->run.asked = false;
        return;
    }
    runner_change(runner, RUN_DRAINING);
}

/*
 * Say something else, if what was said last is what this run began with and
 * no other has taken its place.
 */
static void
overrule(struct runner *runner, bool up, const char *by)
{
    struct problem problem = {0};
    struct desired desired = {0};

    if (!runs_is_current(&runner->owner, &runner->record))
        return;
    record_read_desired(&runner->owner, &desired);
    if (strcmp(desired.token, runner->token) == 0)
        record_write_desired(&runner->owner, up, by, &runner->token,
            &problem);
    desired_clear(&desired);
    problem_clear(&problem);
}

/*
 * A worker that a person ends without a command stays down, unless a command
 * has said something since.
 */
static void
note_hand(struct runner *runner, const char *by)
{
    if (runner->run.asked)
        return;
    runner->by_hand = by;
    overrule(runner, false, by);
}

/* It ends already, and a TERM now would cut its tasks off (F1). */
void
runner_shut_down(struct runner *runner)
{
    note_hand(runner, "control.shutdown");
    runner->run.asked = true;
    runner_change(runner, RUN_DRAINING);
}

void
runner_replace(struct runner *runner, const char *accident)
{
    if (!runner->run.asked)
        runner->accident = accident;
    end_run(runner);
}

/*
 * The session was closed.  A server that is still there has done what a
 * person told it; one that is going down meant nothing by it.  One that ends
 * because this was its last session waits for us, however late we are.
 */
static void
lose_pane(struct runner *runner)
{
    pty_pane_is_gone(&runner->pty);
    if (getppid() == runner->server && !proc_is_exiting(runner->server)) {
        note_hand(runner, closing);
        end_run(runner);
    } else
        runner_lose_server(runner);
    if (runner->hold >= 0)
        close(runner->hold);
    runner->hold = -1;
}

/*
 * A machine that goes down ends sessions and tmux servers and sends TERM as
 * well: that was nobody's hand, and nothing is to begin there.
 */
static void
take_term(struct runner *runner)
{
    if (runner->by_hand == closing)
        overrule(runner, true, "start");
    runner->accident = NULL;
    end_run(runner);
}

/*
 * ^C is typed to leave a screen that one looked at, and would end what others
 * count on.  The pane says so, but not once for every key that repeats.
 */
static void
refuse_interrupt(struct runner *runner)
{
    char *plain, *name, *line;

    if (runner->refused != 0 && clock_left(runner->refused + QUIET) > 0)
        return;
    runner->refused = clock_now();
    plain = plain_text(runner->worker->name);
    name = text_quote(plain);
    line = text_format("^C does not end this worker: celery-tmux-launch stop "
        "%s does, and C-b d detaches", name);
    pty_say(&runner->pty, line);
    free(line);
    free(name);
    free(plain);
}

void
runner_take_signals(struct runner *runner)
{
    struct signalfd_siginfo info;

    while (read(runner->signals, &info, sizeof info) == sizeof info)
        switch (info.ssi_signo) {
        case SIGCHLD:
            runner_reap(runner);
            break;
        case SIGWINCH:
            pty_resize(&runner->pty);
            break;
        case SIGHUP:
            lose_pane(runner);
            break;
        case SIGINT:
            refuse_interrupt(runner);
            break;
        default:
            take_term(runner);
        }
}

bool
runner_listen(struct runner *runner, struct problem *problem)
{
    static const int taken[] = {
        SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGWINCH
    };
    static const int ignored[] = {
        SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ, SIGUSR1, SIGUSR2
    };
    sigset_t set;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        sigaddset(&set, taken[i]);
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    runner->server = getppid();
    runner->hold = tmux_keepalive();
    runner->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return runner->signals >= 0 || problem_add(problem, STATUS_INTERNAL,
        "cannot watch for signals: %s; raise the limit of open files",
        strerror(errno));
}

void
runner_guard(struct runner *runner)
{
    struct problem problem = {0};

    if (!guard_start(&runner->guard, runner->pty.master, &problem))
        problem_print(&problem);
    problem_clear(&problem);
}

/* A wrapper around MainProcess has some time from when that has ended. */
static void
note_main_end(struct runner *runner)
{
    if (runner->main_ended == 0 && runner->run.main.pid != 0
        && runner->run.main.pid != runner->child
        && proc_is_dead(runner->run.main))
        runner->main_ended = clock_now();
}

/*
 * The run is over when what we started has ended and so has MainProcess,
 * should that be another process.
 */
static bool
is_over(const struct runner *runner)
{
    if (runner->run.main.pid == 0 || runner->run.main.pid == runner->child)
        return runner->child_ended;
    return proc_is_dead(runner->run.main) && (runner->child_ended
        || (runner->main_ended != 0
            && clock_left(runner->main_ended + GRACE) == 0));
}

/* The shorter of two times to wait, where less than 0 is for ever. */
static int
shorter(int one, int other)
{
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

/* Milliseconds that poll(2) may wait, -1 for ever. */
static int
watch_patience(const struct runner *runner)
{
    int left = pty_patience(&runner->pty), deaf = notify_deaf(&runner->notify);
    /* A MainProcess that is no child of ours ends without a word. */
    bool silent = runner->run.main.pid == 0
        || runner->run.main.pid != runner->child;

    left = shorter(left, silent ? TICK : -1);
    left = shorter(left, watchdog_patience(runner));
    left = shorter(left, runner_surge_patience(runner));
    left = shorter(left, runner_write_patience(runner));
    return shorter(left, deaf > 0 ? deaf : -1);
}

void
runner_watch(struct runner *runner)
{
    enum { SIGNALS, NOTIFY, MASTER, PANE, GUARD, EARS };

    while (!is_over(runner)) {
        struct pollfd ears[EARS] = {
            [SIGNALS] = { runner->signals, POLLIN, 0 },
            [NOTIFY] = { runner->notify.descriptor,
                notify_deaf(&runner->notify) ? 0 : POLLIN, 0 },
            [MASTER] = { runner->pty.master,
                pty_wants_input(&runner->pty) ? POLLIN : 0, 0 },
            [PANE] = { runner->pty.pane, POLLIN
                | (pty_wants_output(&runner->pty) ? POLLOUT : 0), 0 },
            [GUARD] = { runner->guard.process.pid ? runner->guard.end : -1,
                0, 0 },
        };

        poll(ears, EARS, watch_patience(runner));
        if (ears[NOTIFY].revents)
            readiness_hear(runner);
        if (ears[SIGNALS].revents)
            runner_take_signals(runner);
        if (ears[PANE].revents & (POLLHUP | POLLERR))
            pty_pane_is_gone(&runner->pty);
        else if (ears[PANE].revents & POLLIN)
            pty_ignore_input(&runner->pty);
        if (ears[GUARD].revents)
            runner_guard(runner);
        pty_copy(&runner->pty);
        readiness_assume(runner);
        watchdog_look(runner);
        runner_surge(runner);
        runner_write_again(runner);
        note_main_end(runner);
    }
    watchdog_close(runner);
}
