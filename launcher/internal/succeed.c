/*
 * succeed.c - begin the run that follows one which has ended: the one that
 * was asked for while it drained, or, of a worker that was ready and that
 * nobody ended, the same once more.
 *
 * The runner of the old run calls it, or, of one whose runner was killed,
 * tend.  Whoever asked for a restart may still be there and do the same, and
 * so may another tend; the lock decides.
 */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/text.h"
#include "lifecycle/job.h"
#include "lifecycle/launch.h"
#include "lifecycle/revive.h"
#include "record/backoff.h"
#include "record/history.h"
#include "record/runs.h"
#include "system/process.h"

/* Milliseconds after which it is looked anew whether it is alive. */
enum { LOOK = 60000 };

/* Nobody listens here, so a failure is written down as a run's. */
static void
write_failure(struct job *job)
{
    struct history_run run = {
        .began = time(NULL), .ended = time(NULL),
        .result = job->problem.status, .by = text_copy(""),
        .screen = text_format("celery-tmux-launch: %s\n", job->problem.text),
    };
    struct problem ignored = {0};
    struct record at;

    if (runs_make(&job->record, &at, &ignored))
        history_write(&at, &run, &ignored);
    record_clear(&at);
    problem_clear(&ignored);
    history_clear(&run);
}

/*
 * One that the watchdog asked for is counted: nobody did (watchdog.c).  Nor did
 * anybody ask for a return.
 */
static void
begin_successor(struct job *job, const struct account *account, bool counts)
{
    struct backoff backoff = {0};

    if (counts)
        backoff_read(&job->record, &job->run, &backoff);
    if (launch_begin(job, account, false) && counts)
        backoff_write(&job->record, &backoff, &job->run, BACKOFF_BEGAN,
            &job->problem);
    backoff_clear(&backoff);
}

/* Did it end without anybody who would have written that down? */
static bool
is_unwatched(const struct run *run)
{
    return run->state == RUN_DRAINING;
}

/* With the lock held, of a worker that is wanted and does not run. */
static void
begin_next(struct job *job, const struct account *account, const char *by)
{
    if (runs_is_planned(&job->record))
        begin_successor(job, account, strcmp(by, "watchdog") == 0
            || runs_is_return(&job->record));
    else if ((job->run.returns || is_unwatched(&job->run))
        && layer_is_on(&job->worker->layer, SETTING_AUTORESTART))
        revive_at_once(job, account);
    if (job->problem.text != NULL)
        write_failure(job);
}

/* For tend: a worker without a runner drains as long as its tasks take. */
static void
await_end(const char *directory)
{
    struct record record = { .directory = text_copy(directory) };
    struct run run;

    runs_read(&record, NULL, &run);
    while (run_lost_runner(&run) && proc_is_alive(run.main))
        process_wait(run.main, clock_now() + LOOK);
    run_clear(&run);
    record_clear(&record);
}

static enum status
succeed(struct context *context, struct problem *problem)
{
    const char *directory;
    struct desired desired;
    enum status status;
    struct jobs jobs;
    struct job *job;

    if (context->options.arguments.count != 1) {
        problem_add(problem, STATUS_USAGE, "succeed is for the runner; use "
            "celery-tmux-launch restart");
        return STATUS_USAGE;
    }
    directory = context->options.arguments.word[0];
    runs_take_over_plan(&(struct record){ .directory = (char *)directory });
    await_end(directory);
    if (!context_recall_next(context, directory, problem))
        return problem->status;
    jobs_make(&jobs, context);
    job = &jobs.job[0];
    failpoint("succeed");
    if (job_lock(job)) {
        record_read_desired(&job->record, &desired);
        if (desired.up && !job->alive)
            begin_next(job, &context->account, desired.by);
        /* A runner that ends just now cannot, as the lock is ours. */
        record_forget(&job->record);
        desired_clear(&desired);
        job_unlock(job);
    }
    status = job->problem.status;
    jobs_clear(&jobs);
    return status;
}

const struct command command_succeed = {
    .name = "succeed", .usage = "RECORD", .internal = true,
    .help = "Begin the run that follows; a runner calls it.",
    .accepts = ACCEPT_ARGUMENTS,
    .run = succeed,
};
