/*
 * start.c - start and restart.
 */
#include "cli/command.h"

#include <stdio.h>

#include "base/plain.h"
#include "lifecycle/job.h"
#include "lifecycle/restart.h"

static void
say_what_would_be(struct job *job, bool replace)
{
    job_refresh(job);
    if (job_check_known(job))
        job->outcome = !job->alive ? "would be started"
            : replace ? "would be restarted" : "already running";
}

static enum status
start_workers(struct context *context, bool always, struct problem *problem)
{
    struct jobs jobs;
    enum status status;

    if (context->options.sync
        && !context_sync(context, plain_out, NULL, problem))
        return problem->status;
    jobs_make(&jobs, context);
    for (size_t i = 0; i < jobs.count; i++) {
        struct job *job = &jobs.job[i];
        bool replace = always || layer_is_on(&job->worker->layer,
            SETTING_KILL_EXISTING);

        if (context->options.dry_run)
            say_what_would_be(job, replace);
        else
            restart_ask(job, context, replace);
    }
    restart_finish(&jobs, context);
    status = jobs_report(&jobs);
    jobs_clear(&jobs);
    return status;
}

static enum status
start(struct context *context, struct problem *problem)
{
    return start_workers(context, false, problem);
}

static enum status
restart(struct context *context, struct problem *problem)
{
    return start_workers(context, true, problem);
}

const struct command command_start = {
    .name = "start", .usage = "[WORKER]...",
    .help = "Launch the workers and wait until each is ready.",
    .needs = NEEDS_WORKERS | BEGINS_RUNS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NO_WAIT | ACCEPT_FORCE | ACCEPT_SYNC,
    .run = start,
};

const struct command command_restart = {
    .name = "restart", .usage = "[WORKER]...",
    .help = "Let running tasks finish, then launch the workers anew.",
    .needs = NEEDS_WORKERS | BEGINS_RUNS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NO_WAIT | ACCEPT_FORCE | ACCEPT_SYNC,
    .run = restart,
};
