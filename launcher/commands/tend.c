/*
 * tend.c - starts again what should be running and is not.
 *
 * For cron, every minute and at boot: it knows the records alone, reads no
 * configuration, waits for nobody, and when all is well runs no other program
 * and says nothing.
 */
#include "cli/command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/text.h"
#include "lifecycle/ailing.h"
#include "lifecycle/job.h"
#include "lifecycle/others.h"
#include "lifecycle/revive.h"
#include "lifecycle/stop.h"
#include "record/backoff.h"
#include "record/runs.h"
#include "users/run-as.h"

/* Many nodes begin at the same second of the minute. */
static bool
wait_splay(const char *seconds, bool dry_run, struct problem *problem)
{
    unsigned random = 0;
    long most;

    if (seconds == NULL)
        return true;
    if (!text_to_long(seconds, &most) || most < 0 || most > 86400)
        return problem_add(problem, STATUS_USAGE, "--splay is \"%s\"; write "
            "a number of seconds up to 86400", seconds);
    if (!dry_run && getrandom(&random, sizeof random, GRND_NONBLOCK) > 0)
        clock_sleep((int)(random % (most * 1000 + 1)));
    return true;
}

/*
 * Begin the next by itself when the tasks have ended: nobody waits here.  If
 * that comes to nothing, a later tend does it.
 */
static void
call_successor(const struct job *job)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct problem ignored = {0};

    if (nowhere >= 0) {
        runs_call_successor(&job->record, nowhere, &ignored);
        close(nowhere);
    }
    problem_clear(&ignored);
}

/*
 * Nobody watches over a worker whose runner was killed.  It ends as warmly as
 * it can without one.
 */
static void
let_end(struct job *job)
{
    job->detail = revive_describe(job);
    job->outcome = "draining";
    stop_ask(job);
    if (job->problem.text != NULL)
        job->outcome = NULL;
    else if (layer_is_on(&job->worker->layer, SETTING_AUTORESTART))
        call_successor(job);
}

/* Is it none, or without a runner? */
static bool
is_ailing(const struct run *run)
{
    return !run_is_alive(run)
        || (run_lost_runner(run) && !run_was_told(run));
}

/*
 * Has tend to do something about it?  Also where a stop said down and came no
 * further, and there is no runner that could be asked.
 */
static bool
is_tended(const struct run *run, const struct desired *desired)
{
    return desired->up ? is_ailing(run) : *desired->by
        && run_lost_runner(run) && !run_was_told(run);
}

/* The same of the job's run, now. */
static bool
is_wanted(struct job *job)
{
    struct desired desired;
    bool up;

    record_read_desired(&job->record, &desired);
    up = record_check_read(&job->record, &desired, &job->problem)
        && is_tended(&job->run, &desired);
    desired_clear(&desired);
    return up;
}

/* A record whose worker should run and does not, or unwatched. */
static enum status
tend_ailing(const struct context *context, const struct record *record,
    const struct run *run, struct problem *problem)
{
    struct problem broken = {0};
    struct context other = {0};
    enum status status = STATUS_DONE;
    struct jobs jobs = {0};

    if (!context_recall_unlocked(&other, record->directory,
            context_recall_next, &broken)) {
        if (broken.text != NULL)
            backoff_complain(record, run, context->options.dry_run, &broken,
                problem);
    } else if (context_means(context, &other.workers,
        &other.workers.worker[0])) {
        struct job *job;

        jobs_make(&jobs, &other);
        job = &jobs.job[0];
        job->outcome = "";
        failpoint("found");
        if (context->options.dry_run) {
            job_refresh(job);
            if (job_check_known(job) && is_wanted(job))
                revive_foresee(job);
        } else if (job_try_lock(job)) {
            bool desired = is_wanted(job);

            others_find(job);
            /* What is begun beside it already takes its place. */
            if (desired && run_lost_runner(&job->run)) {
                if (others_candidate(job) == NULL)
                    let_end(job);
            }
            else if (desired)
                revive_for_tend(job, &other.account);
            job_unlock(job);
        }
        status = jobs_report(&jobs);
    }
    jobs_clear(&jobs);
    context_clear(&other);
    return status;
}

/* A record of which no run is known that is well. */
static enum status
tend_record(const struct context *context, const struct record *record,
    const struct run *run, struct problem *problem)
{
    enum status status = STATUS_DONE;
    struct problem broken = {0};
    struct desired desired;

    record_read_desired(record, &desired);
    /* Without an id a first start is on its way, or was cut off. */
    if (!record_check_whole(record, run, &desired, &broken))
        backoff_complain(record, run, context->options.dry_run, &broken,
            problem);
    else if ((*run->id || run->unread)
        && (desired.unread || is_tended(run, &desired)))
        status = tend_ailing(context, record, run, problem);
    /* A drain may have ended when nobody was there, or a stop was cut off. */
    else if (!desired.up && *desired.by && !run_is_alive(run)
        && !context->options.dry_run)
        record_try_forget(record);
    desired_clear(&desired);
    return status;
}

/*
 * Runs beside the current one: taking the lock sees to them, and who holds it
 * has done so.  True when something may be other than before.
 */
static bool
settle(const struct record *record, const struct record *at,
    const struct run *run)
{
    struct context other = {0};
    struct problem ignored = {0};
    struct jobs jobs = {0};
    bool settled = others_look_after(record, at, run);

    if (!settled && context_recall_unlocked(&other, record->directory,
            context_recall_next, &ignored)) {
        jobs_make(&jobs, &other);
        if (job_try_lock(&jobs.job[0]))
            job_unlock(&jobs.job[0]);
        jobs_clear(&jobs);
    }
    context_clear(&other);
    problem_clear(&ignored);
    return !settled;
}

static enum status
tend(struct context *context, struct problem *problem)
{
    enum status worst = STATUS_DONE;
    struct words sessions = {0};
    char *state = context_state_directory(context);

    /* For a user's call root has waited already. */
    if (context->options.for_root == NULL
        && !wait_splay(context->options.splay, context->options.dry_run,
            problem)) {
        free(state);
        return STATUS_USAGE;
    }
    if (!record_list(state, NULL, &sessions, problem))
        worst = problem->status;
    for (size_t i = 0; i < sessions.count; i++) {
        struct record record = {0}, at;
        struct run run;
        bool exists, lost;

        record_name(&record, state, sessions.word[i]);
        if (record_exists(&record, &exists, problem) && exists) {
            runs_read(&record, &at, &run);
            if (!context->options.dry_run
                && settle(&record, &at, &run)) {
                record_clear(&at);
                run_clear(&run);
                runs_read(&record, &at, &run);
            }
            if (run_look(&run, &lost) == LIFE_ALIVE && !lost) {
                if (!context->options.dry_run)
                    backoff_calm(&record, &run);
                ailing_tell(context, &record, &at, &run);
            } else {
                worst = status_worse(worst, tend_record(context, &record, &run,
                    problem));
            }
            run_clear(&run);
            record_clear(&at);
        }
        record_clear(&record);
    }
    words_clear(&sessions);
    free(state);
    if (geteuid() == 0)
        worst = status_worse(worst, run_as_registered(context, problem));
    return worst;
}

const struct command command_tend = {
    .name = "tend", .usage = "[WORKER]...",
    .help = "Start again what should be running and is not.",
    .accepts = ACCEPT_WORKERS | ACCEPT_STATE_DIR | ACCEPT_SPLAY
        | ACCEPT_DRY_RUN,
    .run = tend,
};
