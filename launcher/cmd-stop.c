/*
 * cmd-stop.c - stop and kill: let tasks finish, and force what does not end.
 */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "ending.h"
#include "foreign.h"
#include "job.h"
#include "plain.h"
#include "step.h"

static void
finish_kill(struct job *job, const struct call *call)
{
    bool strays, found = false;

    if (!job->alive) {
        strays = ending_strays(job);
        if (foreign_end(job, call->options.now, &found)
            && ending_is_clean(job, STATUS_INTERNAL))
            job->outcome = found || strays ? "killed" : "not running";
        return;
    }
    if (call->options.now)
        job->deadline = clock_now();
    if (ending_wait(job) || ending_force(job)) {
        step("ended");
        if (ending_session(job) && ending_is_clean(job, STATUS_INTERNAL))
            job->outcome = "killed";
    }
}

/* With every process that would end, a line each. */
static void
say_what_would_be(struct job *job, const char *outcome)
{
    job_look(job);
    if (!job_is_known(job))
        return;
    fprintf(plain_out, "%s: %s\n", job->worker->name, job->alive ? outcome
        : "not running");
    ending_foresee(job);
    for (size_t i = 0; i < job->known.count; i++) {
        char *line = tree_describe(job->known.process[i]);

        fprintf(plain_out, "    %s\n", line);
        free(line);
    }
}

static enum status
end_workers(struct call *call, const char *would,
    void (*finish)(struct job *, const struct call *))
{
    struct jobs jobs;
    enum status status;

    jobs_make(&jobs, call);
    for (size_t i = 0; i < jobs.count; i++)
        if (call->options.dry_run)
            say_what_would_be(&jobs.job[i], would);
        else
            ending_begin(&jobs.job[i], call->command->name);
    for (size_t i = 0; i < jobs.count; i++)
        if (job_is_open(&jobs.job[i]) && !call->options.dry_run)
            finish(&jobs.job[i], call);
    status = jobs_report(&jobs);
    jobs_clear(&jobs);
    return status;
}

static void
finish_stop(struct job *job, const struct call *call)
{
    ending_finish(job, call->options.force);
}

static enum status
stop(struct call *call, struct problem *problem)
{
    (void)problem;
    return end_workers(call, "would be stopped", finish_stop);
}

static enum status
kill_workers(struct call *call, struct problem *problem)
{
    (void)problem;
    return end_workers(call, "would be killed", finish_kill);
}

const struct command command_stop = {
    .name = "stop", .usage = "[WORKER]...",
    .help = "Let running tasks finish, then end the workers.",
    .needs = NEEDS_WORKERS | ENDS_RUNS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_FORCE,
    .run = stop,
};

const struct command command_kill = {
    .name = "kill", .usage = "[WORKER]...",
    .help = "Stop, and force what is still alive after stop_timeout.",
    .needs = NEEDS_WORKERS | ENDS_RUNS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NOW,
    .run = kill_workers,
};
