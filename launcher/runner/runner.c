/*
 * runner.c - the life of a run: entered in the record, Celery started in an
 * environment made from nothing, watched over, and written down how it ended.
 */
#include "runner/runner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"
#include "record/backoff.h"
#include "record/history.h"
#include "record/runs.h"
#include "runner/output.h"
#include "runner/worker-process.h"
#include "system/spawn.h"
#include "tmux/tmux.h"
#include "worker/celery.h"

/*
 * Milliseconds that the runner outlives its terminal, and until what could not
 * be written is written again.
 */
enum { LEAVE = 50, AGAIN = 1000 };

/* Times, and milliseconds between them, that how it ended is tried again. */
enum { LAST_TIMES = 3, LAST_PAUSE = 500 };

/* The worker is worth more than its record: say so, once, and go on. */
void
runner_write(struct runner *runner)
{
    struct problem problem = {0};
    bool good = record_write_run(&runner->record, &runner->run, &problem);

    if (!good && runner->write_at == 0)
        problem_print(&problem);
    runner->write_at = good ? 0 : clock_now() + AGAIN;
    problem_clear(&problem);
}

int
runner_write_patience(const struct runner *runner)
{
    return runner->write_at != 0 ? clock_left(runner->write_at) : -1;
}

void
runner_change(struct runner *runner, enum run_state state)
{
    runner->run.state = state;
    runner->run.since = time(NULL);
    runner_write(runner);
}

/* Who takes another's place for it believes the record alone. */
static void
tell_ready(struct runner *runner)
{
    struct problem problem = {0};

    if (runner->write_at == 0 && runner->run.state == RUN_RUNNING
        && (!runs_is_current(&runner->owner, &runner->record)
            || runs_is_return(&runner->owner))
        && !runs_call_successor(&runner->owner, 0, &problem))
        problem_print(&problem);
    problem_clear(&problem);
}

void
runner_is_ready(struct runner *runner)
{
    output_ready(runner);
    runner_change(runner, RUN_RUNNING);
    tell_ready(runner);
}

void
runner_write_again(struct runner *runner)
{
    if (runner->write_at == 0 || clock_left(runner->write_at) > 0)
        return;
    runner_write(runner);
    tell_ready(runner);
}

bool
runner_enter(struct runner *runner, const char *directory,
    struct problem *problem)
{
    runner->record.directory = text_copy(directory);
    runs_worker(&runner->record, &runner->owner);
    record_read_run(&runner->record, &runner->run);
    if (runner->run.state != RUN_STARTING
        || (runner->run.runner.pid != 0
            && !proc_is_dead(runner->run.runner)))
        return problem_add(problem, STATUS_UNAVAILABLE, "nobody asked for a "
            "run of %s; use celery-tmux-launch start", directory);
    runner->run.main = runner->run.child = (struct process){0};
    runner->run.namespace = proc_namespace();
    if (proc_look(getpid(), &runner->run.runner) != LIFE_ALIVE)
        return problem_add(problem, STATUS_UNAVAILABLE, "cannot look at "
            "/proc: %s; %s", strerror(errno), problem_way_out(errno,
            "mount it"));
    free(runner->run.pane);
    tmux_place(&runner->run.pane, &runner->run.server);
    runner->run.rebooted = false;
    free(runner->run.phase);
    runner->run.phase = text_copy("runner");
    return record_write_run(&runner->record, &runner->run, problem);
}

/*
 * The worker gets the terminal without becoming its session: nothing that
 * happens to the terminal is a signal to it, and no task can ask for a
 * password there.
 */
static bool
start_worker(struct runner *runner, const struct node *node,
    struct problem *problem)
{
    struct celery_run run = {
        runner->run.id, runner->record.directory, runner->notify.address,
        getenv("TERM")
    };
    bool good = worker_process_start(runner->worker, node, &run,
        runner->pty.terminal, WORKER_WANTED, &runner->child, problem);

    runner->notify.child = runner->child;
    if (good) {
        runner->run.child = proc_process(runner->child);
        runner_change(runner, runner->run.state);
    }
    /* A shell for it that cannot be executed is its failure as well. */
    if ((good || problem->status == STATUS_UNAVAILABLE) && layer_text(
        &runner->worker->layer, SETTING_WORKER_SETUP_CMD) != NULL) {
        free(runner->run.phase);
        runner->run.phase = text_copy("setup");
    }
    return good;
}

/* A run that failed keeps its pane, for which tmux wants a status. */
static int
pane_status(const struct runner *runner, bool was_ready)
{
    if (runner->run.asked)
        return 0;
    return was_ready || runner->result ? runner->result : STATUS_UNAVAILABLE;
}

/* The one who asked for the end of the run; "" when nobody did. */
static char *
asked_by(const struct runner *runner)
{
    struct desired desired = {0};
    char *by;

    record_read_desired(&runner->owner, &desired);
    by = text_copy(runner->by_hand ? runner->by_hand
        : !runner->run.asked ? ""
        : runner->accident ? runner->accident
        : desired.up && runner->orphaned ? "the end of its tmux server"
        : desired.up && !runs_is_current(&runner->owner, &runner->record)
        ? "restart"
        : strcmp(desired.token, runner->token) == 0
        ? "SIGTERM from elsewhere" : desired.by);
    desired_clear(&desired);
    return by;
}

static void
write_last(const struct runner *runner, long long began, long kills)
{
    struct problem problem = {0};
    struct rusage usage = {0};
    long now = proc_memory_kills();
    struct history_run last = {
        .began = began, .ended = time(NULL), .result = runner->result,
        .by = asked_by(runner), .swept = runner->swept.count,
        .left = process_list_describe(&runner->run.left),
        .dropped = runner->pty.dropped,
        .memory_kills = kills >= 0 && now > kills ? now - kills : 0,
        .screen = runner->pty.last ? pty_last(&runner->pty, HISTORY_LINES)
            : text_copy(""),
    };

    getrusage(RUSAGE_CHILDREN, &usage);
    last.peak = usage.ru_maxrss;
    if (!history_write(&runner->record, &last, &problem)) {
        problem_print(&problem);
        problem_clear(&problem);
        /* How it ended matters more than what it printed, and is shorter. */
        free(last.screen);
        last.screen = text_copy("");
        history_write(&runner->record, &last, &problem);
    }
    problem_clear(&problem);
    history_clear(&last);
}

/*
 * tmux notices that the terminal is closed, and calls a helper then; a
 * SIGCHLD that comes while it waits for that is lost to it, and the pane
 * would stay (F12).  So these two do not come together.
 */
static void
leave_terminal(void)
{
    fflush(plain_out);
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    clock_sleep(LEAVE);
}

/*
 * Start what follows, if anything does: one that has nothing to do would hold
 * the lock when tend comes.  Nobody waits for a run that another has taken the
 * place of, and its pane may stay (F12).
 */
static void
start_successor(const struct runner *runner)
{
    bool returns = runner->run.returns
        && layer_is_on(&runner->worker->layer, SETTING_AUTORESTART);
    struct problem problem = {0};

    if (returns || runs_is_planned(&runner->owner)
        || !runs_is_current(&runner->owner, &runner->record))
        runs_call_successor(&runner->owner, 0, &problem);
    problem_print(&problem);
    problem_clear(&problem);
}

/* The run is over: clean up, and write down how it was. */
static int
runner_finish(struct runner *runner, long long began, long kills)
{
    bool was_ready = runner->run.state != RUN_STARTING;
    int status;

    backoff_calm(&runner->owner, &runner->run);
    runner_sweep(runner);
    /* A machine that goes down tells us and the worker at the same time. */
    if (was_ready)
        runner_take_signals(runner);
    status = pane_status(runner, was_ready);
    guard_end(&runner->guard);
    if (runner->pty.waiting != NULL)
        pty_finish(&runner->pty);
    output_end(runner);
    write_last(runner, began, kills);
    runner->run.result = runner->result;
    runner->run.returns = was_ready
        && (!runner->run.asked || runner->accident);
    runner->run.kept = status != 0 && runner->pty.pane >= 0;
    runner_change(runner, RUN_ENDED);
    for (int i = 0; i < LAST_TIMES && runner->write_at != 0; i++) {
        clock_sleep(LAST_PAUSE);
        runner_write(runner);
    }
    start_successor(runner);
    /*
     * Nobody may be left who asked for the end.  Who holds the lock waits
     * until we are gone, and then forgets, begins the next run, or leaves it
     * to tend.
     */
    record_try_forget(&runner->owner);
    return status;
}

int
runner_run(struct runner *runner, const struct node *node,
    struct problem *problem)
{
    long long began = time(NULL);
    long kills = proc_memory_kills();
    struct desired desired;
    int status;
    bool good;

    record_read_desired(&runner->owner, &desired);
    runner->token = text_copy(desired.token);
    desired_clear(&desired);
    good = pty_open(&runner->pty, problem);
    if (good) {
        runner_guard(runner);
        output_begin(runner);
    }
    if (good && notify_open(&runner->notify, problem)
        && start_worker(runner, node, problem)) {
        pty_hand_over(&runner->pty);
        runner_watch(runner);
    } else {
        runner->result = problem->status;
        if (runner->pty.terminal > 0)   /* with what the worker printed */
            dprintf(runner->pty.terminal, "celery-tmux-launch: %s\n",
                problem->text);
        else
            problem_print(problem);
    }
    status = runner_finish(runner, began, kills);
    leave_terminal();
    problem_clear(problem);
    pty_close(&runner->pty);
    notify_close(&runner->notify);
    record_clear(&runner->record);
    record_clear(&runner->owner);
    run_clear(&runner->run);
    process_list_clear(&runner->swept);
    free(runner->token);
    return status;
}
