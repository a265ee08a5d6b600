/*
 * cmd-start.c - start and restart: end what runs, begin anew, wait until it
 * is ready.
 *
 * The lock is held while something changes and not while tasks drain or a
 * worker gets ready, so that a kill never waits.  Whoever finds, with the
 * lock in hand, that a run was begun after its own call began, joins that
 * run: of twenty calls at once one starts the worker.
 */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ending.h"
#include "job.h"
#include "launch.h"
#include "step.h"

static bool
is_joined(const struct job *job, const struct call *call)
{
    return run_is_since(&job->run, call->began);
}

/*
 * Leave what is to follow in the record and ask the run to end.  Should that
 * take longer than we wait, its runner begins the next by itself.
 */
static void
replace(struct job *job, const struct call *call)
{
    char *next = worker_to_text(job->worker);

    if (record_write(&job->record, "home", call->account.home, &job->problem)
        && record_write(&job->record, "next", next, &job->problem)
        && record_write_wanted(&job->record, true, call->command->name,
            &job->saying, &job->problem)) {
        step("next");
        ending_ask(job);
        job->restarted = true;
    }
    free(next);
}

/* Ask a run that is in the way to end. */
static void
ask(struct job *job, const struct call *call, bool always)
{
    if (!job_lock(job))
        return;
    if (job->alive && !is_joined(job, call)) {
        if (always || job->run.state == RUN_DRAINING)
            replace(job, call);
        else if (job->run.state == RUN_RUNNING)
            job->outcome = "already running";
    }
    step("asked");
    job_unlock(job);
}

/* Did somebody say something else since we asked the last run to end? */
static bool
is_overruled(struct job *job)
{
    struct wanted wanted = {0};
    bool overruled;

    if (job->saying == NULL)
        return false;
    record_read_wanted(&job->record, &wanted);
    overruled = strcmp(wanted.saying, job->saying) != 0 && !wanted.up;
    if (overruled)
        problem_set(&job->problem, STATUS_UNAVAILABLE, "%s: did not start: "
            "%s ended it meanwhile", job->worker->name, wanted.by);
    wanted_clear(&wanted);
    return overruled;
}

static void
begin(struct job *job, const struct call *call)
{
    if (job->restarted && !ending_wait(job)) {
        if (!call->options.force)
            ending_still_draining(job, "the next one starts by itself then; "
                "status tells, and kill ends both");
        if (!call->options.force || !ending_force(job))
            return;
    }
    if (!job_lock(job))
        return;
    step("locked");
    if (!is_overruled(job) && !is_joined(job, call) && !job->alive) {
        if (record_write_wanted(&job->record, true, call->command->name,
            &job->saying, &job->problem))
            launch_begin(job, &call->account);
    }
    job_unlock(job);
    /* All get ready at the same time, so none waits for another's turn. */
    job->deadline = clock_now() + 1000 * layer_number(&job->worker->layer,
        SETTING_START_TIMEOUT);
}

static void
say_what_would_be(struct job *job, bool replace)
{
    job_look(job);
    job->outcome = !job->alive ? "would be started"
        : replace ? "would be restarted" : "already running";
}

static enum status
start_workers(struct call *call, bool always)
{
    struct jobs jobs;
    enum status status;

    jobs_make(&jobs, call);
    for (size_t i = 0; i < jobs.count; i++) {
        struct job *job = &jobs.job[i];
        bool replace = always || layer_is_on(&job->worker->layer,
            SETTING_KILL_EXISTING);

        if (call->options.dry_run)
            say_what_would_be(job, replace);
        else
            ask(job, call, replace);
    }
    for (size_t i = 0; i < jobs.count; i++)
        if (job_is_open(&jobs.job[i]))
            begin(&jobs.job[i], call);
    for (size_t i = 0; i < jobs.count; i++) {
        struct job *job = &jobs.job[i];
        const char *outcome = job->restarted ? "restarted" : "started";

        if (job_is_open(job) && call->options.no_wait)
            job->outcome = outcome;
        else if (job_is_open(job))
            launch_wait(job, outcome);
    }
    status = jobs_report(&jobs);
    jobs_clear(&jobs);
    return status;
}

static enum status
start(struct call *call, struct problem *problem)
{
    (void)problem;
    return start_workers(call, false);
}

static enum status
restart(struct call *call, struct problem *problem)
{
    (void)problem;
    return start_workers(call, true);
}

const struct command command_start = {
    .name = "start", .usage = "[WORKER]...",
    .help = "Launch the workers and wait until each is ready.",
    .needs = NEEDS_WORKERS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NO_WAIT | ACCEPT_FORCE,
    .run = start,
};

const struct command command_restart = {
    .name = "restart", .usage = "[WORKER]...",
    .help = "Let running tasks finish, then launch the workers anew.",
    .needs = NEEDS_WORKERS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NO_WAIT | ACCEPT_FORCE,
    .run = restart,
};
