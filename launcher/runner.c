/*
 * runner.c - watches over a worker from its session's pane.
 *
 * It hears when the worker is ready, turns every wish to end it into one
 * TERM for MainProcess (F1), and sees to it that nothing is left when
 * MainProcess has ended.
 */
#include "runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"
#include "sweep.h"
#include "text.h"

/*
 * Milliseconds: how long Celery may be silent before its pool is looked at,
 * how long the pool must be up then, how often is looked; how long a sweep
 * may take.
 */
enum { SILENCE = 10000, POOL_UP = 5000, TICK = 500, SWEEP = 30000 };

static void
save(struct runner *runner)
{
    struct problem problem = {0};

    /* The worker is worth more than its record: say so and go on. */
    if (!record_write_run(&runner->record, &runner->run, &problem))
        problem_print(&problem);
    problem_clear(&problem);
}

void
runner_change(struct runner *runner, enum run_state state)
{
    runner->run.state = state;
    runner->run.since = time(NULL);
    save(runner);
}

/* MainProcess as far as it is known: it said so, or it is what we started. */
static struct process
main_process(const struct runner *runner)
{
    return runner->run.main.pid ? runner->run.main
        : tree_process(runner->child);
}

static void
hear(struct runner *runner)
{
    struct notify_message message;

    while (notify_receive(&runner->notify, &message)) {
        if (message.sender <= 0 || !tree_is_below(message.sender, getpid()))
            continue;
        if (message.executing && runner->executed == 0) {
            runner->executed = clock_now();
            free(runner->run.phase);
            runner->run.phase = text_copy("celery");
            save(runner);
        }
        if (message.main && !tree_is_alive(runner->run.main)) {
            runner->run.main = tree_process(message.sender);
            save(runner);
        }
        if (message.sender != runner->run.main.pid)
            continue;
        if (message.ready && runner->run.state == RUN_STARTING)
            runner_change(runner, RUN_RUNNING);
        if (message.stopping && runner->run.state == RUN_RUNNING)
            runner_change(runner, RUN_DRAINING);
    }
}

/*
 * A worker that cannot load our module says nothing at all: it counts as
 * ready when its pool has been up for some seconds.
 */
static void
assume(struct runner *runner)
{
    const char *pool = layer_text(&runner->worker->layer, SETTING_POOL);
    struct tree tree = {0};
    long long now = clock_now();

    if (runner->run.main.pid != 0 || runner->run.state != RUN_STARTING
        || runner->executed == 0 || now - runner->executed < SILENCE)
        return;
    tree_descendants(runner->child, &tree);
    if (tree.count == 0 && (pool == NULL || strcmp(pool, "prefork") == 0))
        runner->pool_seen = 0;
    else if (runner->pool_seen == 0)
        runner->pool_seen = now;
    else if (now - runner->pool_seen >= POOL_UP) {
        runner->run.main = tree_process(runner->child);
        runner->run.assumed = true;
        runner_change(runner, RUN_RUNNING);
    }
    tree_clear(&tree);
}

static void
reap(struct runner *runner)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == runner->run.main.pid)
            runner->result = process_result(status);
        if (pid != runner->child)
            continue;
        runner->child_ended = true;
        if (runner->run.main.pid == 0
            || tree_process(runner->run.main.pid).pid == 0)
            runner->result = process_result(status);
    }
}

void
runner_sweep(struct runner *runner)
{
    struct tree left = {0};

    sweep(getpid(), runner->run.id, 0, clock_now() + SWEEP, NULL, &left);
    tree_clear(&left);
    reap(runner);
}

/*
 * Nothing is lost when it ends before it is ready, for it has taken no task.
 * It is held still while we make sure that it did not get ready just now.
 */
static bool
is_before_ready(struct runner *runner)
{
    struct process main = main_process(runner);

    if (runner->run.state != RUN_STARTING)
        return false;
    process_signal(main, SIGSTOP);
    hear(runner);
    if (runner->run.state == RUN_STARTING)
        return true;
    process_signal(main, SIGCONT);
    return false;
}

/* Somebody wants the worker to end. */
static void
end(struct runner *runner)
{
    if (runner->run.asked)
        return;
    runner->run.asked = true;
    if (is_before_ready(runner)) {
        runner_change(runner, RUN_DRAINING);
        runner_sweep(runner);
        return;
    }
    if (runner->run.state != RUN_DRAINING) {
        runner_change(runner, RUN_DRAINING);
        process_signal(main_process(runner), SIGTERM);
    }
}

static void
take_signals(struct runner *runner)
{
    struct signalfd_siginfo info;

    while (read(runner->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(runner);
        else if (info.ssi_signo == SIGHUP) {
            /* The terminal is gone, and with it Celery's ear (F7). */
            runner->run.asked = true;
            runner_sweep(runner);
        } else
            end(runner);
    }
}

/*
 * The run is over when what we started has ended and so has MainProcess,
 * should that be another process.
 */
static bool
is_over(const struct runner *runner)
{
    return tree_is_alive(runner->run.main) ? false
        : runner->child_ended || runner->run.main.pid != 0;
}

bool
runner_listen(struct runner *runner, struct problem *problem)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    runner->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return runner->signals >= 0 || problem_set(problem, STATUS_INTERNAL,
        "cannot watch for signals: %s", strerror(errno));
}

void
runner_watch(struct runner *runner)
{
    struct pollfd ears[2] = {
        { runner->signals, POLLIN, 0 },
        { runner->notify.descriptor, POLLIN, 0 },
    };

    while (!is_over(runner)) {
        /* Only what does not announce itself needs to be looked at. */
        bool silent = runner->run.main.pid == 0
            || runner->run.main.pid != runner->child;

        poll(ears, 2, silent ? TICK : -1);
        hear(runner);
        take_signals(runner);
        assume(runner);
    }
}
