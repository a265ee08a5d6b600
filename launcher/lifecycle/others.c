/*
 * others.c - which of a worker's runs is current, and what becomes of the
 * rest.
 */
#include "lifecycle/others.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/text.h"
#include "lifecycle/repair.h"
#include "lifecycle/session.h"
#include "lifecycle/stop.h"
#include "lifecycle/strays.h"
#include "record/runs.h"

/*
 * Milliseconds that whoever waits for a run has to end it, when it has not
 * become ready in time.
 */
enum { LATE = 10000 };

/* Most are over, which is quickly seen. */
static bool
may_be_alive(const char *directory)
{
    const struct record at = { .directory = (char *)directory };
    struct run run;
    bool may;

    record_read_run(&at, &run);
    may = run_life(&run) != LIFE_DEAD;
    run_clear(&run);
    return may;
}

static void
add_other(struct job *job, const char *directory)
{
    struct jobs *others = &job->others;
    struct job *other;

    others->job = text_reallocate(others->job, others->count + 1,
        sizeof *others->job);
    other = &others->job[others->count];
    job_make_of_run(other, job->worker, directory);
    if (other->alive || other->unknown)
        others->count++;
    else
        job_clear(other);
}

void
others_find(struct job *job)
{
    struct words directories = {0};

    jobs_clear(&job->others);
    runs_list(&job->record, &directories);
    for (size_t i = 0; i < directories.count; i++)
        if (strcmp(directories.word[i], job->at.directory) != 0
            && may_be_alive(directories.word[i]))
            add_other(job, directories.word[i]);
    words_clear(&directories);
}

static bool
is_newer(const struct job *other, const struct job *current)
{
    return strcmp(other->at.directory, current->at.directory) > 0;
}

/* One that was asked to end has not always written that down yet. */
static bool
is_draining(const struct job *other, const struct job *current)
{
    return other->run.state == RUN_DRAINING
        || (other->alive && !is_newer(other, current));
}

size_t
others_draining(const struct job *job)
{
    size_t count = 0;

    for (size_t i = 0; i < job->others.count; i++)
        count += is_draining(&job->others.job[i], job);
    return count;
}

bool
others_choose_draining(struct job *job, struct problem *problem)
{
    others_find(job);
    for (size_t i = 0; i < job->others.count; i++)
        if (is_draining(&job->others.job[i], job)) {
            record_clear(&job->at);
            job->at.directory
                = text_copy(job->others.job[i].at.directory);
            job->pinned = true;
            job_refresh(job);
            return true;
        }
    return problem_add(problem, STATUS_STOPPED, "no old worker of %s drains; "
        "leave --draining out", job->worker->name);
}

static bool
is_candidate(const struct run *run)
{
    return !run->asked && (run->state == RUN_STARTING
        || run->state == RUN_RUNNING);
}

struct job *
others_candidate(const struct job *job)
{
    for (size_t i = 0; i < job->others.count; i++)
        if (job->others.job[i].alive && is_newer(&job->others.job[i], job)
            && is_candidate(&job->others.job[i].run))
            return &job->others.job[i];
    return NULL;
}

/*
 * Has nobody to see to a run that is not the current one?  One that drains does
 * so by itself; whether one that starts is late can be seen with its worker's
 * settings only.  One that cannot be read is a plan if it is newer.
 */
static bool
is_settled(const struct run *run, bool newer)
{
    enum life life = run_life(run);
    bool begins = run->state == RUN_STARTING && run->runner.pid == 0;

    if (run->broken)
        return newer;
    if (run->state == RUN_NONE || run->state == RUN_PLANNED
        || life == LIFE_UNKNOWN)
        return true;
    return life == LIFE_DEAD ? begins : run->state == RUN_DRAINING
        && (run_was_told(run) || newer);
}

/* With a worker that runs there is nothing that it need return to. */
static bool
is_stale(const struct run *run, const struct run *current)
{
    return run->state == RUN_PLANNED && run->returns
        && current->state == RUN_RUNNING && run_is_alive(current);
}

bool
others_look_after(const struct record *record, const struct record *at,
    const struct run *run)
{
    /* The name of its session may have been left as it is in a surge. */
    bool settled = !session_made_way(at) || !run_is_alive(run);
    struct words directories = {0};

    stop_keep_terminal(run);
    runs_list(record, &directories);
    for (size_t i = 0; i < directories.count; i++) {
        const struct record other = { .directory = directories.word[i] };
        struct run what;

        if (strcmp(other.directory, at->directory) == 0)
            continue;
        record_read_run(&other, &what);
        stop_keep_terminal(&what);
        settled = settled && is_settled(&what,
                strcmp(other.directory, at->directory) > 0)
            && !is_stale(&what, run);
        run_clear(&what);
    }
    words_clear(&directories);
    return settled;
}

/*
 * It has ended: tmux may have missed that (F12), and a runner that was killed
 * has swept nothing.
 */
static void
bury(struct job *other)
{
    struct problem ignored = {0};

    strays_end(other);
    session_close(other);
    if (other->run.state != RUN_ENDED) {
        other->run.state = RUN_ENDED;
        other->run.since = time(NULL);
        record_write_run(&other->at, &other->run, &ignored);
    }
    problem_clear(&ignored);
}

static bool
bury_dead(const struct job *job)
{
    struct words directories = {0};
    bool any = false;

    runs_list(&job->record, &directories);
    for (size_t i = 0; i < directories.count; i++) {
        struct job other;

        if (strcmp(directories.word[i], job->at.directory) == 0)
            continue;
        job_make_of_run(&other, job->worker, directories.word[i]);
        if (!other.alive && !is_settled(&other.run, true)) {
            bury(&other);
            any = true;
        }
        job_clear(&other);
    }
    words_clear(&directories);
    if (any)
        runs_prune(&job->record);
    return any;
}

/* An older one than the current that neither is to be nor knows that. */
static bool
ask_forgotten(struct job *job)
{
    bool any = false;

    for (size_t i = 0; i < job->others.count; i++) {
        struct job *other = &job->others.job[i];

        if (other->alive && !run_was_told(&other->run)
            && !other->run.asked
            && !is_newer(other, job)) {
            stop_ask(other);
            any = true;
        }
    }
    return any;
}

/* By its own settings, which need not be those of the current run. */
static bool
is_late(const struct job *candidate)
{
    struct context own = {0};
    struct problem ignored = {0};
    bool late = context_recall(&own, candidate->at.directory, &ignored)
        && clock_left(candidate->run.begun + LATE + 1000LL * layer_number(
            &own.workers.worker[0].layer, SETTING_START_TIMEOUT)) == 0;

    context_clear(&own);
    problem_clear(&ignored);
    return late;
}

/* Nobody would hear of it that it is ready, or watch over it afterwards. */
static bool
is_hopeless(const struct job *candidate)
{
    return run_lost_runner(&candidate->run)
        || (candidate->run.state == RUN_STARTING && is_late(candidate));
}

/*
 * The current one has ended by itself, and nobody knows yet whether the one
 * beside it can start: if not, its settings are not to be all that is left.
 */
static void
plan_return(struct job *job)
{
    struct context own = {0};
    struct problem ignored = {0};

    if (!runs_is_planned(&job->record)
        && context_recall(&own, job->at.directory, &ignored)
        && layer_is_on(&own.workers.worker[0].layer, SETTING_AUTORESTART))
        runs_plan_return(&job->record, &own.workers.worker[0],
            own.account.home, &job->problem);
    context_clear(&own);
    problem_clear(&ignored);
}

/* What it is to be for the run that was begun beside the current one. */
static bool
settle_candidate(struct job *job)
{
    struct job *candidate = others_candidate(job);
    struct desired desired;
    bool up, next, done = false;

    if (candidate == NULL)
        return false;
    record_read_desired(&job->record, &desired);
    up = desired.up || desired.unread || desired.broken;
    desired_clear(&desired);
    next = !job->unknown
        && (!job->alive || candidate->run.state == RUN_RUNNING);
    if (!up || (job->alive && is_hopeless(candidate))) {
        stop_ask(candidate);
        done = true;
    } else if (next) {
        if (!job->alive && candidate->run.state == RUN_STARTING)
            plan_return(job);
        done = runs_set_current(&job->record, &candidate->at, &job->problem);
        failpoint("surged");
        if (done && job->alive)
            stop_ask(job);
    }
    return done;
}

bool
others_settle(const struct job *asking)
{
    struct problem ignored = {0};
    struct job job;
    bool done;

    job_make(&job, asking->worker);
    job_refresh(&job);
    if (job.unknown || others_look_after(&job.record, &job.at, &job.run)) {
        job_clear(&job);
        return false;
    }
    repair_others(&job, &ignored);
    others_find(&job);
    done = settle_candidate(&job);
    if (!done)
        done = ask_forgotten(&job);
    done |= bury_dead(&job);
    if (job.alive && job.run.state == RUN_RUNNING
        && runs_is_return(&job.record))
        runs_unplan(&job.record);
    if (others_candidate(&job) == NULL)
        session_restore_name(&job);
    problem_clear(&ignored);
    job_clear(&job);
    return done;
}
