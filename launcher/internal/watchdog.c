/*
 * watchdog.c - restart a worker that is stuck and could not be healed, or one
 * whose tmux server has died and that has surge.
 *
 * Its runner calls it, the former with the setting watchdog at "restart".  From
 * here on it is a restart as a person asks for it: the worker drains, and its
 * runner begins the next (succeed.c), or that comes by surge; it counts as a
 * restart that nobody asked for.
 */
#include "cli/command.h"

#include <string.h>

#include "lifecycle/job.h"
#include "lifecycle/restart.h"
#include "record/backoff.h"
#include "record/runs.h"

static bool
is_restartable(const struct job *job)
{
    return job->alive && job->run.state == RUN_RUNNING
        && backoff_allows(&job->record, &job->run, layer_number(
            &job->worker->layer, SETTING_AUTORESTART_LIMIT));
}

/*
 * It counts for the new one and, where that comes to nothing, for the one that
 * goes on.  This process may end with that.
 */
static void
follow_surge(struct jobs *jobs, const struct context *context,
    const struct backoff *backoff)
{
    struct job *job = &jobs->job[0];
    struct run run;

    backoff_write(&job->record, backoff, &job->run, BACKOFF_BEGAN,
        &job->problem);
    restart_finish(jobs, context);
    runs_read(&job->record, NULL, &run);
    if (strcmp(run.id, job->run.id) != 0)
        backoff_write(&job->record, backoff, &run, BACKOFF_BEGAN,
            &job->problem);
    run_clear(&run);
}

/*
 * The worker of the run that called us: false, too, when that is not current
 * any more.  An earlier version named the worker itself.
 */
static bool
recall(struct context *context, const char *directory, struct problem *problem)
{
    const struct record run = { .directory = (char *)directory };
    struct record worker;
    bool good;

    runs_worker(&run, &worker);
    good = (strcmp(run.directory, worker.directory) == 0
            || runs_is_current(&worker, &run))
        && context_recall_next(context, worker.directory, problem);
    record_clear(&worker);
    return good;
}

static enum status
restart_stuck(struct context *context, struct problem *problem)
{
    struct backoff backoff = {0};
    enum status status;
    struct jobs jobs;
    struct job *job;

    if (context->options.arguments.count != 1) {
        problem_add(problem, STATUS_USAGE, "watchdog is for the runner; use "
            "celery-tmux-launch restart");
        return STATUS_USAGE;
    }
    if (!recall(context, context->options.arguments.word[0], problem))
        return problem->status;
    jobs_make(&jobs, context);
    job = &jobs.job[0];
    job_refresh(job);
    job->replaces = true;
    if (is_restartable(job)) {
        backoff_read(&job->record, &job->run, &backoff);
        restart_ask(&jobs, context);
        /* Nobody else sees that one beside it gets ready. */
        if (job->surges)
            follow_surge(&jobs, context, &backoff);
        backoff_clear(&backoff);
    }
    status = job->problem.status;
    jobs_clear(&jobs);
    return status;
}

const struct command command_watchdog = {
    .name = "watchdog", .usage = "RECORD", .internal = true,
    .help = "Restart a worker that is stuck; its runner calls it.",
    .accepts = ACCEPT_ARGUMENTS,
    .run = restart_stuck,
};
