/*
 * stop.c - stop and kill: let tasks finish, and force what does not end.
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/plain.h"
#include "lifecycle/job.h"
#include "lifecycle/others.h"
#include "lifecycle/stop.h"
#include "lifecycle/strays.h"
#include "lifecycle/unmanaged.h"

static void
finish_kill(struct job *job, const struct context *context)
{
    bool strays, found = false;

    if (!stop_is_due(job)) {
        strays = strays_end(job);
        if (unmanaged_end(job, context->options.now, &found)
            && strays_check_none(job, STATUS_INTERNAL))
            job->outcome = found || strays ? "killed" : "not running";
        return;
    }
    if (context->options.now) {
        job->deadline = clock_now();
        for (size_t i = 0; i < job->others.count; i++)
            job->others.job[i].deadline = job->deadline;
    }
    if (stop_runs(job, true)) {
        failpoint("ended");
        if (stop_session(job) && strays_check_none(job, STATUS_INTERNAL))
            job->outcome = "killed";
    }
}

static void
print_known(struct job *run)
{
    strays_foresee(run);
    for (size_t i = 0; i < run->known.count; i++) {
        char *line = proc_describe(run->known.process[i]);

        fprintf(plain_out, "    %s\n", line);
        free(line);
    }
}

/* With every process that would end, a line each. */
static void
print_foreseen(struct job *job, const char *outcome)
{
    job_refresh(job);
    if (!job_check_known(job))
        return;
    others_find(job);
    fprintf(plain_out, "%s: %s\n", job->worker->name, stop_is_due(job)
        ? outcome : "not running");
    print_known(job);
    for (size_t i = 0; i < job->others.count; i++)
        print_known(&job->others.job[i]);
}

static enum status
end_workers(struct context *context, struct problem *problem)
{
    bool kills = strcmp(context->command->name, "kill") == 0;
    struct jobs jobs;
    enum status status;

    (void)problem;
    jobs_make(&jobs, context);
    for (size_t i = 0; i < jobs.count; i++)
        if (context->options.dry_run)
            print_foreseen(&jobs.job[i], kills ? "would be killed"
                : "would be stopped");
        else
            stop_begin(&jobs.job[i], context->command->name);
    for (size_t i = 0; i < jobs.count; i++)
        if (!job_is_open(&jobs.job[i]) || context->options.dry_run)
            continue;
        else if (kills)
            finish_kill(&jobs.job[i], context);
        else
            stop_finish(&jobs.job[i], context->options.force);
    status = jobs_report(&jobs);
    jobs_clear(&jobs);
    return status;
}

const struct command command_stop = {
    .name = "stop", .usage = "[WORKER]...",
    .help = "Let running tasks finish, then end the workers.",
    .needs = NEEDS_WORKERS | ENDS_RUNS | FINDS_QUEUES,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_FORCE | ACCEPT_ALL,
    .run = end_workers,
};

const struct command command_kill = {
    .name = "kill", .usage = "[WORKER]...",
    .help = "Stop, and force what is still alive after stop_timeout.",
    .needs = NEEDS_WORKERS | ENDS_RUNS | FINDS_QUEUES,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NOW | ACCEPT_ALL,
    .run = end_workers,
};
