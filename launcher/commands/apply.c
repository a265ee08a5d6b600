/*
 * apply.c - makes the node match the configuration, and touches nothing
 * that does already.
 *
 * A worker that is configured and was never started, or died, is started; what
 * has drifted or lost its runner is restarted; what stood in this
 * configuration and does no longer is stopped, and started when it does again.
 * What a person stopped stays down.
 */
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "base/plain.h"
#include "base/text.h"
#include "lifecycle/drift.h"
#include "lifecycle/job.h"
#include "lifecycle/restart.h"
#include "lifecycle/stop.h"
#include "record/runs.h"

/* A worker that is no longer configured, recalled from its record. */
struct leftover {
    struct context context;
    struct jobs jobs;
};

struct leftovers {
    struct leftover *item;
    size_t count;
};

/* Who says down when it is no longer configured, and no person did. */
#define LET_GO "apply"

/*
 * A worker that a person stopped stays down, and that is its outcome.  One of
 * which nobody knows may have been ended by a person: it is told.
 */
static bool
keep_down(struct job *job, bool *let_go)
{
    struct desired desired;
    bool down;

    record_read_desired(&job->record, &desired);
    if (desired.broken)
        record_complain(&job->record, "wanted", &job->problem);
    down = !record_check_read(&job->record, &desired, &job->problem)
        || desired.broken || (!desired.up && *desired.by
            && strcmp(desired.by, LET_GO) != 0);
    *let_go = !down && !desired.up && *desired.by;
    if (down)
        job->outcome = "";
    desired_clear(&desired);
    return down;
}

static void
tell_unread(struct job *job, int error)
{
    job->outcome = NULL;
    problem_add(&job->problem, STATUS_AGAIN, "%s: cannot read %s/worker, "
        "so it is not known what it runs with: %s; %s", job->worker->name,
        job->at.directory, strerror(error), problem_way_out(error,
        "try again"));
}

static void
write_settings(struct job *job)
{
    char *text = worker_to_text(job->worker);

    if (!record_keep(&job->at, "worker", text, &job->problem))
        job->outcome = NULL;
    record_sync(&job->at);
    failpoint("took over");
    free(text);
}

/*
 * A change that needs no restart goes into the record, for the next reader.
 * While we waited for the lock another call may have begun a run with
 * settings of its own, which would no longer be known.
 */
static void
take_over(struct job *job, const struct context *context)
{
    struct drift drift = {0};

    job->outcome = "";
    if (context->options.dry_run || !job_lock(job))
        return;
    /* One that ended meanwhile has no settings any more. */
    if (job->alive) {
        drift_find(job, &context->node, &drift);
        if (drift.unread)
            tell_unread(job, drift.unread);
        else if (drift_has_setting(&drift))
            restart_tell_other(job);
        else
            write_settings(job);
    }
    drift_clear(&drift);
    job_unlock(job);
}

/* Decide about a worker: what stays open is to begin anew. */
static void
apply_consider(struct job *job, const struct context *context)
{
    struct drift drift = {0};
    bool let_go;

    job_refresh(job);
    if (!job_check_known(job) || keep_down(job, &let_go))
        return;
    if (job->alive)
        drift_find(job, &context->node, &drift);
    if (drift.unread)
        tell_unread(job, drift.unread);
    else if (!job->alive || let_go) {
        job->replaces = true;
        if (context->options.dry_run)
            job->outcome = "would be started";
    } else if (drift.keys.count > 0 || job->lost) {
        job->detail = drift.keys.count > 0 ? words_join(&drift.keys, ", ")
            : text_copy("its runner was killed");
        if (context->options.dry_run)
            job->outcome = "would be restarted";
        else
            job->replaces = job->joins = true;
    } else if (drift.live)
        take_over(job, context);
    else
        job->outcome = "";
    failpoint("considered");
    drift_clear(&drift);
}

/* Did it stand in the file that is read now?  No file is none. */
static bool
is_of_this_file(const struct record *record, const struct context *context,
    struct problem *problem)
{
    char *origin = record_read(record, "origin");
    const char *ours = configuration_origin(&context->config);
    /* Of any head an earlier version wrote "-". */
    bool same = origin != NULL && *origin && ours != NULL
        && (strcmp(origin, ours) == 0
            || (strcmp(origin, "-") == 0 && text_starts(ours, "-:")));

    if (origin == NULL && errno == EBADMSG)
        record_complain(record, "origin", problem);
    else if (origin == NULL && errno != ENOENT)
        problem_add(problem, STATUS_AGAIN, "cannot read %s/origin, so it is "
            "not known whether that worker is still configured: %s; %s",
            record->directory, strerror(errno), problem_way_out(errno,
            "try again"));
    free(origin);
    return same;
}

static void
add_leftover(struct leftovers *leftovers, const char *directory,
    struct problem *problem)
{
    struct leftover *leftover;

    leftovers->item = text_reallocate(leftovers->item, leftovers->count + 1,
        sizeof *leftovers->item);
    leftover = &leftovers->item[leftovers->count];
    *leftover = (struct leftover){0};
    if (context_recall_unlocked(&leftover->context, directory,
            context_recall_current,
            problem)) {
        jobs_make(&leftover->jobs, &leftover->context);
        leftovers->count++;
    } else
        context_clear(&leftover->context);
}

static void
find_leftovers(const struct context *context, const char *state,
    struct leftovers *leftovers, struct problem *problem)
{
    struct words sessions = {0}, configured = {0};

    for (size_t i = 0; i < context->workers.count; i++)
        words_add(&configured, context->workers.worker[i].session);
    words_sort(&configured);
    record_list(state, NULL, &sessions, problem);
    for (size_t i = 0; i < sessions.count; i++) {
        struct record record = {0};
        struct desired desired = {0};
        struct run run = {0};
        bool exists;

        record_name(&record, state, sessions.word[i]);
        if (!words_contain_sorted(&configured, sessions.word[i])
            && record_exists(&record, &exists, problem) && exists) {
            runs_read(&record, NULL, &run);
            record_read_desired(&record, &desired);
            record_check_read(&record, &desired, problem);
            if ((desired.up || run_life(&run) != LIFE_DEAD)
                && is_of_this_file(&record, context, problem))
                add_leftover(leftovers, record.directory, problem);
        }
        run_clear(&run);
        desired_clear(&desired);
        record_clear(&record);
    }
    words_clear(&configured);
    words_clear(&sessions);
}

/* One that a person has stopped, and that drains, stays theirs. */
static void
begin_end(struct job *job, const struct context *context)
{
    struct desired desired;

    job_refresh(job);
    if (!job_check_known(job))
        return;
    record_read_desired(&job->record, &desired);
    job->detail = text_copy("no longer configured");
    if (context->options.dry_run)
        job->outcome = "would be stopped";
    else
        stop_begin(job, desired.up || !*desired.by ? LET_GO : desired.by);
    failpoint("let go");
    desired_clear(&desired);
}

static enum status
finish_leftovers(struct leftovers *leftovers, const struct context *context)
{
    enum status worst = STATUS_DONE;

    for (size_t i = 0; i < leftovers->count; i++) {
        struct leftover *leftover = &leftovers->item[i];

        if (job_is_open(&leftover->jobs.job[0]))
            stop_finish(&leftover->jobs.job[0], context->options.force);
        worst = status_worse(worst, jobs_report(&leftover->jobs));
        jobs_clear(&leftover->jobs);
        context_clear(&leftover->context);
    }
    free(leftovers->item);
    return worst;
}

static enum status
apply(struct context *context, struct problem *problem)
{
    bool all = context->options.arguments.count == 0
        && context->options.queues.count == 0;
    struct leftovers leftovers = {0};
    enum status worst, status;
    struct jobs jobs;
    char *state;

    if (context->options.sync
        && !context_sync(context, plain_out, NULL, problem))
        return problem->status;
    if (all)
        context_add_users(context);
    if (all && (state = context_default_state(context, problem)) != NULL) {
        find_leftovers(context, state, &leftovers, problem);
        free(state);
    }
    jobs_make(&jobs, context);
    for (size_t i = 0; i < leftovers.count; i++)
        begin_end(&leftovers.item[i].jobs.job[0], context);
    for (size_t i = 0; i < jobs.count; i++)
        apply_consider(&jobs.job[i], context);
    restart_ask(&jobs, context);
    /* Leftovers end first: they may hold a port, a directory or memory. */
    worst = finish_leftovers(&leftovers, context);
    restart_finish(&jobs, context);
    status = jobs_report(&jobs);
    jobs_clear(&jobs);
    return status_worse(worst, status);
}

const struct command command_apply = {
    .name = "apply", .usage = "[WORKER]...",
    .help = "Restart what has changed, start what is missing, stop the rest.",
    .needs = NEEDS_WORKERS | BEGINS_RUNS | ACTS_ANYWAY
        | ENDS_LEFTOVERS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_NO_WAIT | ACCEPT_FORCE | ACCEPT_SYNC,
    .run = apply,
};
