/*
 * restart.c - the lock is held while something changes and not while tasks
 * drain or a worker gets ready, so that a kill never waits.  Whoever finds,
 * with the lock in hand, that a run of the same settings was begun after its
 * own call began, joins that run: of twenty calls at once one starts the
 * worker.  One of other settings is in the way: tend begins what a record
 * has, while a call comes with what is configured now.
 */
#include "lifecycle/restart.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "config/envfile.h"
#include "lifecycle/app.h"
#include "lifecycle/drift.h"
#include "lifecycle/launch.h"
#include "lifecycle/preflight.h"
#include "lifecycle/session.h"
#include "lifecycle/stop.h"
#include "lifecycle/strays.h"
#include "lifecycle/surge.h"
#include "record/runs.h"
#include "sync/privileged.h"

static bool
has_other_settings(const struct job *job, const struct context *context)
{
    struct drift drift = {0};
    bool other;

    drift_find(job, &context->node, &drift);
    other = drift_has_setting(&drift);
    drift_clear(&drift);
    return other;
}

static bool
is_joined(const struct job *job, const struct context *context)
{
    return run_is_since(&job->run, context->began)
        && !has_other_settings(job, context);
}

/*
 * Begin what is to follow beside the run, or leave it in the record and ask
 * the run to end.  Should that take longer than we wait, its runner begins the
 * next by itself.  What an earlier call has begun beside the run, and is not
 * ready, is in the way of both.
 */
static void
restart_replace(struct job *job, const struct context *context)
{
    bool surges;

    if (surge_join(job, context))
        return;
    surges = surge_is_due(job, context);
    if (job->problem.text != NULL)
        return;
    surge_call_off(job);
    if (job->problem.text != NULL)
        return;
    if (surges)
        surge_begin(job, context);
    else if (runs_plan(&job->record, job->worker, context->account.home,
            &job->problem)
        && record_write_desired(&job->record, true, context->command->name,
            &job->token, &job->problem)) {
        failpoint("next");
        stop_ask(job);
        job->restarted = true;
    }
}

/* See that what the runner is going to read can be read; nothing more. */
static bool
check_env_file(struct job *job)
{
    struct words variables = {0};
    char *path = NULL;
    bool good = envfile_read_for(&job->worker->layer, &path, &variables,
        &job->problem);

    words_clear(&variables);
    free(path);
    return good;
}

/*
 * Root's part, and all that is known to fail, comes before anything is
 * touched, and without the lock: it may take long.
 */
static bool
restart_prepare(struct job *job, const struct context *context)
{
    const struct layer *layer = &job->worker->layer;
    bool begins;

    if (layer_text(layer, SETTING_REMOUNT_DIR) == NULL
        && layer_text(layer, SETTING_ROOT_SETUP_CMD) == NULL
        && layer_text(layer, SETTING_ENV_FILE) == NULL)
        return true;
    job_refresh(job);
    if (!job_check_known(job))
        return false;
    begins = !job->alive || job->replaces || job->run.state == RUN_DRAINING;
    if (!begins || is_joined(job, context))
        return true;
    return (!layer_is_on(layer, SETTING_KILL_EXISTING)
            || privileged_remount(job->worker, &job->problem))
        && privileged_setup(job->worker, &job->problem)
        && check_env_file(job);
}

/*
 * Has nobody said anything else since we asked the last run to end, or since
 * we began to try the next?
 */
static bool
is_our_wish(const struct job *job, const struct desired *desired)
{
    return job->token == NULL || strcmp(desired->token, job->token) == 0;
}

/*
 * Has a command said down since?  Who closes the session and then calls start
 * means both, in that order, though the runner may write down the first later.
 */
static bool
is_overruled(const struct job *job, const struct desired *desired)
{
    return !is_our_wish(job, desired) && !desired->up
        && strcmp(desired->by, DESIRED_BY_CLOSING) != 0;
}

/* It runs on, as a stop was killed before it asked for more than that. */
static bool
want_up(struct job *job, const struct context *context,
    const struct desired *desired)
{
    return desired->up || record_write_desired(&job->record, true,
        context->command->name, &job->token, &job->problem);
}

static void
restart_ask_one(struct job *job, const struct context *context)
{
    struct desired desired = {0};

    if (!job_lock(job))
        return;
    record_read_desired(&job->record, &desired);
    if (!record_check_read(&job->record, &desired, &job->problem)) {
        /* Somebody may have said down. */
    } else if (is_overruled(job, &desired))
        launch_ended_by(job, desired.by);
    else if (job->alive && !is_joined(job, context)) {
        if (job->replaces || job->run.state == RUN_DRAINING) {
            if (session_check(job))
                restart_replace(job, context);
        } else if (want_up(job, context, &desired)
            && job->run.state == RUN_RUNNING)
            job->outcome = "already running";
    }
    desired_clear(&desired);
    failpoint("asked");
    job_unlock(job);
}

void
restart_ask(struct jobs *jobs, const struct context *context)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (job_is_open(&jobs->job[i]))
            restart_prepare(&jobs->job[i], context);
    preflight(jobs, context);
    for (size_t i = 0; i < jobs->count; i++)
        if (job_is_open(&jobs->job[i]))
            restart_ask_one(&jobs->job[i], context);
}

/* The last run was asked to end: has it?  Else the job has its problem. */
static bool
restart_await(struct job *job, const struct context *context)
{
    if (!job->restarted || stop_wait(job))
        return true;
    if (!context->options.force)
        return stop_still_draining(job, run_lost_runner(&job->run)
            ? "tend then starts the next one, as its runner was killed; "
            "kill ends both"
            : "the next one then starts by itself; follow it with status, "
            "or end both with kill");
    return stop_force(job);
}

/*
 * With the lock held, after the last run.  False when a run has come between
 * that is not as it is to be, and was asked to end in turn.
 */
static bool
begin_next(struct job *job, const struct context *context)
{
    struct desired desired = {0};
    bool settled = true;

    record_read_desired(&job->record, &desired);
    if (!record_check_read(&job->record, &desired, &job->problem)) {
        /* Nor is it known what the runner, which has ended, leaves to us. */
    } else if (is_overruled(job, &desired))
        launch_ended_by(job, desired.by);
    else if (is_joined(job, context)) {
        /* Somebody has done it for us. */
    } else if (!job->alive) {
        if (record_write_desired(&job->record, true, context->command->name,
                &job->token, &job->problem)
            && launch_begin(job, &context->account, false))
            app_remark(job);
    } else if (is_our_wish(job, &desired) && job->replaces
        && session_check(job)) {
        restart_replace(job, context);
        settled = job->problem.text != NULL || job->surges;
    }
    desired_clear(&desired);
    return settled;
}

static void
begin(struct job *job, const struct context *context)
{
    bool settled = job->surges;

    while (!settled) {
        if (!restart_await(job, context) || !job_lock(job))
            return;
        failpoint("locked");
        settled = begin_next(job, context);
        job_unlock(job);
    }
    /* All get ready at the same time, so none waits for another's turn. */
    job->deadline = clock_now() + 1000 * layer_number(&job->worker->layer,
        SETTING_START_TIMEOUT);
}

void
restart_tell_other(struct job *job)
{
    job->outcome = NULL;
    problem_add(&job->problem, STATUS_AGAIN, "%s: is running, but another "
        "call restarted it at the same time with other settings; use "
        "apply to put yours in force", job->worker->name);
}

/*
 * The run that we joined may have been begun with other settings: by another
 * head, say.  Ours are not in force then, and who asked for them is told.
 */
static void
compare_settings(struct job *job, const struct context *context)
{
    if (has_other_settings(job, context))
        restart_tell_other(job);
}

void
restart_finish(struct jobs *jobs, const struct context *context)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (job_is_open(&jobs->job[i]))
            begin(&jobs->job[i], context);
    for (size_t i = 0; i < jobs->count; i++) {
        struct job *job = &jobs->job[i];
        const char *outcome = job->restarted ? "restarted" : "started";

        if (job_is_open(job) && context->options.no_wait)
            job->outcome = outcome;
        else if (job_is_open(job)) {
            launch_wait(job, outcome);
            if (job->surges)
                surge_conclude(job);
            if (job->outcome != NULL)
                compare_settings(job, context);
            /* The worker runs, so that what the last run left is but told. */
            strays_check_none(job, STATUS_DONE);
        }
    }
}
