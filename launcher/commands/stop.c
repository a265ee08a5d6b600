/*
 * stop.c - stop and kill: let tasks finish, and force what does not end.
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/plain.h"
#include "lifecycle/job.h"
#include "lifecycle/stop.h"
#include "lifecycle/unmanaged.h"

static void
finish_kill(struct job *job, const struct context *context)
{
    bool strays, found = false;

    if (!job->alive) {
        strays = stop_strays(job);
        if (unmanaged_end(job, context->options.now, &found)
            && stop_check_clean(job, STATUS_INTERNAL))
            job->outcome = found || strays ? "killed" : "not running";
        return;
    }
    if (context->options.now)
        job->deadline = clock_now();
    if (stop_wait(job) || stop_force(job)) {
        failpoint("ended");
        if (stop_session(job) && stop_check_clean(job, STATUS_INTERNAL))
            job->outcome = "killed";
    }
}

/* With every process that would end, a line each. */
static void
say_what_would_be(struct job *job, const char *outcome)
{
    job_refresh(job);
    if (!job_check_known(job))
        return;
    fprintf(plain_out, "%s: %s\n", job->worker->name, job->alive ? outcome
        : "not running");
    stop_foresee(job);
    for (size_t i = 0; i < job->known.count; i++) {
        char *line = proc_describe(job->known.process[i]);

        fprintf(plain_out, "    %s\n", line);
        free(line);
    }
}

static enum status
end_workers(struct context *context, const char *would,
    void (*finish)(struct job *, const struct context *))
{
    struct jobs jobs;
    enum status status;

    jobs_make(&jobs, context);
    for (size_t i = 0; i < jobs.count; i++)
        if (context->options.dry_run)
            say_what_would_be(&jobs.job[i], would);
        else
            stop_begin(&jobs.job[i], context->command->name);
    for (size_t i = 0; i < jobs.count; i++)
        if (job_is_open(&jobs.job[i]) && !context->options.dry_run)
            finish(&jobs.job[i], context);
    status = jobs_report(&jobs);
    jobs_clear(&jobs);
    return status;
}

static void
finish_stop(struct job *job, const struct context *context)
{
    stop_finish(job, context->options.force);
}

static enum status
stop(struct context *context, struct problem *problem)
{
    (void)problem;
    return end_workers(context, "would be stopped", finish_stop);
}

static enum status
kill_workers(struct context *context, struct problem *problem)
{
    (void)problem;
    return end_workers(context, "would be killed", finish_kill);
}

const struct command command_stop = {
    .name = "stop", .usage = "[WORKER]...",
    .help = "Let running tasks finish, then end the workers.",
    .needs = NEEDS_WORKERS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_FORCE,
    .run = stop,
};

const struct command command_kill = {
    .name = "kill", .usage = "[WORKER]...",
    .help = "Stop, and force what is still alive after stop_timeout.",
    .needs = NEEDS_WORKERS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NOW,
    .run = kill_workers,
};
