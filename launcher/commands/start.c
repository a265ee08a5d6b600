/*
 * start.c - start and restart.
 */
#include "cli/command.h"

#include <string.h>

#include "base/plain.h"
#include "lifecycle/job.h"
#include "lifecycle/restart.h"

static enum status
start_workers(struct context *context, struct problem *problem)
{
    bool always = strcmp(context->command->name, "restart") == 0;
    struct jobs jobs;
    enum status status;

    if (context->options.sync
        && !context_sync(context, plain_out, NULL, problem))
        return problem->status;
    jobs_make(&jobs, context);
    for (size_t i = 0; i < jobs.count; i++) {
        struct job *job = &jobs.job[i];

        job->replaces = always || layer_is_on(&job->worker->layer,
            SETTING_KILL_EXISTING);
        if (!context->options.dry_run)
            continue;
        job_refresh(job);
        if (job_check_known(job))
            job->outcome = !job->alive ? "would be started"
                : job->replaces ? "would be restarted" : "already running";
    }
    restart_ask(&jobs, context);
    restart_finish(&jobs, context);
    status = jobs_report(&jobs);
    jobs_clear(&jobs);
    return status;
}

const struct command command_start = {
    .name = "start", .usage = "[WORKER]...",
    .help = "Launch the workers and wait until each is ready.",
    .needs = NEEDS_WORKERS | BEGINS_RUNS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NO_WAIT | ACCEPT_FORCE | ACCEPT_SYNC,
    .run = start_workers,
};

const struct command command_restart = {
    .name = "restart", .usage = "[WORKER]...",
    .help = "Let running tasks finish, then launch the workers anew.",
    .needs = NEEDS_WORKERS | BEGINS_RUNS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NO_WAIT | ACCEPT_FORCE | ACCEPT_SYNC,
    .run = start_workers,
};
