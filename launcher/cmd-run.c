/*
 * cmd-run.c - the runner: the program in the pane of a worker's session.
 *
 * It starts Celery in an environment made from nothing, hears when the
 * worker is ready, turns every wish to end it into one TERM for MainProcess,
 * and sees to it that nothing is left when MainProcess has ended: as a
 * subreaper it stays the ancestor of all that the worker's tasks start.
 */
#include "command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "celery.h"
#include "clock.h"
#include "envfile.h"
#include "notify.h"
#include "process.h"
#include "record.h"
#include "sweep.h"
#include "text.h"

/*
 * Milliseconds: how long Celery may be silent before its pool is looked at,
 * how long the pool must be up then, how often is looked; how long a sweep
 * may take.
 */
enum { SILENCE = 10000, POOL_UP = 5000, TICK = 500, SWEEP = 30000 };

struct runner {
    const struct worker *worker;
    struct record record;
    struct run run;
    struct notify notify;
    int signals;                /* signalfd */
    pid_t child;                /* what we started */
    bool child_ended;
    int result;                 /* of MainProcess, or else of the child */
    bool asked;                 /* an end was asked for */
    long long executed;         /* when Celery was about to begin, or 0 */
    long long pool_seen;        /* when its pool was first up, or 0 */
};

static void
save(struct runner *runner)
{
    struct problem problem = {0};

    /* The worker is worth more than its record: say so and go on. */
    if (!record_write_run(&runner->record, &runner->run, &problem))
        problem_print(&problem);
    problem_clear(&problem);
}

static void
change(struct runner *runner, enum run_state state)
{
    runner->run.state = state;
    runner->run.since = time(NULL);
    save(runner);
}

/* Take the place that launch_begin() left in the record. */
static bool
enter(struct runner *runner, const char *directory, struct problem *problem)
{
    runner->record.directory = text_copy(directory);
    record_read_run(&runner->record, &runner->run);
    if (runner->run.state != RUN_STARTING
        || (runner->run.runner.pid != 0
            && tree_is_alive(runner->run.runner)))
        return problem_set(problem, STATUS_UNAVAILABLE, "nobody asked for a "
            "run of %s; use celery-tmux-launch start", directory);
    runner->run.runner = tree_process(getpid());
    free(runner->run.phase);
    runner->run.phase = text_copy("setup");
    return record_write_run(&runner->record, &runner->run, problem);
}

static bool
set_limits(const struct layer *layer, struct problem *problem)
{
    const char *mask = layer_text(layer, SETTING_UMASK);
    long files = layer_number(layer, SETTING_NOFILE);
    struct rlimit limit;

    if (mask != NULL)
        umask(strtoul(mask, NULL, 8));
    if (layer_text(layer, SETTING_NICE) != NULL && setpriority(PRIO_PROCESS,
        0, layer_number(layer, SETTING_NICE)) != 0)
        return problem_set(problem, STATUS_PERMISSION, "cannot set nice to "
            "%ld: %s; only root may go below the present value",
            layer_number(layer, SETTING_NICE), strerror(errno));
    if (files == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return true;
    limit.rlim_cur = files;
    if (limit.rlim_max < limit.rlim_cur)
        limit.rlim_max = limit.rlim_cur;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 || problem_set(problem,
        STATUS_PERMISSION, "cannot set nofile to %ld: %s; only root may go "
        "above the hard limit, which ulimit -Hn shows", files,
        strerror(errno));
}

static bool
read_env_file(const struct layer *layer, struct words *variables,
    struct problem *problem)
{
    const char *file = layer_text(layer, SETTING_ENV_FILE);
    char *path;
    bool good;

    if (file == NULL)
        return true;
    path = *file == '/' ? text_copy(file) : text_format("%s/%s",
        layer_text(layer, SETTING_WORKER_DIR), file);
    good = envfile_read(path, variables, problem);
    free(path);
    return good;
}

/*
 * One shell runs the setup command and becomes this program again, which
 * becomes Celery (cmd-exec.c): no shell stays between (F8).  The words do
 * not pass through the shell, so nothing that a setup command does to its
 * own arguments can change them.
 */
static void
program_words(const struct layer *layer, const char *self,
    struct words *words)
{
    const char *setup = layer_text(layer, SETTING_WORKER_SETUP_CMD);
    const char *shell = layer_text(layer, SETTING_SHELL);

    if (setup != NULL) {
        if (shell == NULL)
            shell = access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";
        words_add(words, shell);
        words_add(words, "-c");
        words_add(words, "eval \"$1\" || exit; exec \"$0\" exec");
    }
    words_add(words, self);
    words_add(words, setup ? setup : "exec");
}

static bool
start(struct runner *runner, const struct call *call,
    struct problem *problem)
{
    const struct layer *layer = &runner->worker->layer;
    struct words environment = {0}, file = {0}, words = {0};
    struct celery_run run = {
        runner->run.id, runner->record.directory, runner->notify.address,
        getenv("TERM")
    };
    struct process_setup setup = {
        .environment = &environment, .directory = call->node.home,
        .silent_input = true, .new_session = true
    };
    char *self = process_self(problem);
    bool good;

    good = self != NULL && set_limits(layer, problem)
        && read_env_file(layer, &file, problem);
    if (good) {
        celery_environment(runner->worker, &call->node, &file, &run,
            &environment);
        program_words(layer, self, &words);
        good = process_start(&words, &setup, &runner->child, problem);
    }
    words_clear(&words);
    words_clear(&environment);
    words_clear(&file);
    free(self);
    return good;
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
            change(runner, RUN_RUNNING);
        if (message.stopping && runner->run.state == RUN_RUNNING)
            change(runner, RUN_DRAINING);
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
        change(runner, RUN_RUNNING);
    }
    tree_clear(&tree);
}

static void
kill_all(struct runner *runner)
{
    struct tree left = {0};

    sweep(getpid(), runner->run.id, 0, clock_now() + SWEEP, NULL, &left);
    tree_clear(&left);
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
    if (runner->asked)
        return;
    runner->asked = true;
    if (is_before_ready(runner)) {
        change(runner, RUN_DRAINING);
        kill_all(runner);
        return;
    }
    if (runner->run.state != RUN_DRAINING) {
        change(runner, RUN_DRAINING);
        process_signal(main_process(runner), SIGTERM);
    }
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

static void
take_signals(struct runner *runner)
{
    struct signalfd_siginfo info;

    while (read(runner->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(runner);
        else if (info.ssi_signo == SIGHUP) {
            /* The terminal is gone, and with it Celery's ear (F7). */
            runner->asked = true;
            kill_all(runner);
            reap(runner);
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

static bool
watch_signals(struct runner *runner, struct problem *problem)
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

static void
watch(struct runner *runner)
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

/* A run that failed keeps its pane, for which tmux wants a status. */
static int
pane_status(const struct runner *runner, bool was_ready)
{
    if (runner->asked)
        return 0;
    return was_ready || runner->result ? runner->result : STATUS_UNAVAILABLE;
}

static enum status
run(struct call *call, struct problem *problem)
{
    struct runner runner = {0};
    bool was_ready, good;
    int status;

    if (call->options.arguments.count != 1)
        return problem_set(problem, STATUS_USAGE, "run is what start calls "
            "in a session; use celery-tmux-launch start"), STATUS_USAGE;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    good = watch_signals(&runner, problem)
        && call_recall(call, call->options.arguments.word[0], problem);
    if (good) {
        runner.worker = &call->workers.worker[0];
        good = enter(&runner, call->options.arguments.word[0], problem)
            && notify_open(&runner.notify, problem)
            && start(&runner, call, problem);
    }
    if (good)
        watch(&runner);
    else {
        problem_print(problem);
        runner.result = problem->status;
    }
    if (runner.run.runner.pid == getpid()) {
        was_ready = runner.run.state != RUN_STARTING;
        kill_all(&runner);
        runner.run.result = runner.result;
        change(&runner, RUN_ENDED);
        status = pane_status(&runner, was_ready);
    } else
        status = problem->status;
    fflush(stdout);
    problem_clear(problem);
    notify_close(&runner.notify);
    record_clear(&runner.record);
    run_clear(&runner.run);
    return status;
}

const struct command command_run = {
    .name = "run", .usage = "RECORD", .internal = true,
    .help = "The program in the pane; start calls it.",
    .accepts = ACCEPT_ARGUMENTS,
    .run = run,
};
