/*
 * surge.c - begins a run beside the one that it is to replace.
 */
#include "lifecycle/surge.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/plain.h"
#include "base/text.h"
#include "lifecycle/drift.h"
#include "lifecycle/launch.h"
#include "lifecycle/others.h"
#include "lifecycle/session.h"
#include "lifecycle/stop.h"
#include "record/runs.h"
#include "system/process.h"
#include "worker/single.h"

/* What the run takes now, in KiB. */
static long
memory_of(const struct run *run)
{
    struct process_list list = {0};
    long sum = 0;

    process_list_add(&list, run->runner);
    proc_descendants(run->runner.pid, &list);
    for (size_t i = 0; i < list.count; i++) {
        long memory = proc_memory(list.process[i].pid);

        sum += memory > 0 ? memory : 0;
    }
    process_list_clear(&list);
    return sum;
}

/* Why it cannot be; NULL: it can.  Freed by the caller. */
static char *
find_obstacle(const struct job *job)
{
    const char *word = single_find(job->worker);
    long taken = memory_of(&job->run), left = proc_memory_available();

    if (word != NULL)
        return text_format("two workers cannot have %s at the same time; run "
            "that in a worker of its own", word);
    if (left >= 0 && left < taken)
        return text_format("the machine has %ld MiB of memory left and the "
            "running worker takes %ld MiB; make room, or restart without "
            "surge", left / 1024, taken / 1024);
    return NULL;
}

static void
remark(const struct job *job, const char *why)
{
    struct problem problem = {0};

    problem_add(&problem, STATUS_DONE, "%s: restarting without surge: %s",
        job->worker->name, why);
    fflush(plain_out);
    problem_print(&problem);
    problem_clear(&problem);
}

/*
 * One that has lost its runner, or does not run yet, is replaced as ever.
 */
bool
surge_is_due(struct job *job, const struct context *context)
{
    bool said = context->options.layer.value[SETTING_SURGE].count > 0;
    char *obstacle;
    bool due;

    if (!layer_is_on(&job->worker->layer, SETTING_SURGE) || !job->alive
        || !job->replaces || job->run.state != RUN_RUNNING
        || !proc_is_alive(job->run.runner))
        return false;
    obstacle = find_obstacle(job);
    due = obstacle == NULL;
    if (!due && said)
        problem_add(&job->problem, STATUS_UNAVAILABLE, "%s: was not restarted "
            "and goes on running: %s", job->worker->name, obstacle);
    else if (!due)
        remark(job, obstacle);
    free(obstacle);
    return due;
}

/*
 * The session of the current run, whatever the job is about.  False when that
 * run is not as it was any more.
 */
static bool
restore_current(const struct job *job)
{
    struct job current;
    bool goes_on;

    job_make(&current, job->worker);
    job_refresh(&current);
    session_restore_name(&current);
    goes_on = current.alive && current.run.state == RUN_RUNNING;
    job_clear(&current);
    return goes_on;
}

/* Nothing of a run that is not ready is worth waiting for. */
static void
end_candidate(struct job *candidate)
{
    stop_ask(candidate);
    candidate->deadline = clock_now();
    if (!stop_wait(candidate))
        stop_force(candidate);
    session_close(candidate);
}

/* Who wants a fresh one wants none that was begun before. */
static bool
is_same(const struct job *job, const struct job *candidate,
    const struct context *context)
{
    struct drift drift = {0};
    bool same;

    drift_find(candidate, &context->node, &drift);
    same = drift.keys.count == 0 && drift.unread == 0;
    drift_clear(&drift);
    return same
        && (job->joins || run_is_since(&candidate->run, context->began));
}

/* The job is that run's from now on. */
static void
pin(struct job *job, const struct record *at)
{
    char *directory = text_copy(at->directory);

    record_clear(&job->at);
    job->at.directory = directory;
    job->pinned = true;
    job->surges = true;
    job->restarted = true;
}

/* Should the file `current` have been lost, the new one must not seem it. */
static void
launch(struct job *job, const struct context *context)
{
    bool named = strcmp(job->at.directory, job->record.directory) != 0;
    bool good = (!named
            || runs_set_current(&job->record, &job->at, &job->problem))
        && session_make_way(job);

    failpoint("renamed");
    if (good && launch_begin(job, &context->account, true))
        pin(job, &job->at);
    else {
        session_clear_left(job);
        restore_current(job);
    }
}

bool
surge_join(struct job *job, const struct context *context)
{
    struct job *candidate;

    others_find(job);
    candidate = others_candidate(job);
    if (candidate == NULL || !is_same(job, candidate, context))
        return false;
    pin(job, &candidate->at);
    job_refresh(job);
    return true;
}

/* One that is ready may have taken tasks: none is ended for what fails. */
static void
tell_unsettled(struct job *job)
{
    problem_add(&job->problem, STATUS_AGAIN, "%s: the new worker is ready, "
        "and cannot take the old one's place now, as its record cannot be "
        "read or written; both go on, and tend sees to it once that can be "
        "done", job->worker->name);
}

void
surge_call_off(struct job *job)
{
    struct job *candidate;

    /* One that has become ready since takes tasks, and is to be replaced. */
    if (others_settle(job))
        job_refresh(job);
    others_find(job);
    candidate = others_candidate(job);
    if (candidate != NULL && candidate->run.state == RUN_RUNNING)
        tell_unsettled(job);
    else if (candidate != NULL)
        end_candidate(candidate);
}

void
surge_begin(struct job *job, const struct context *context)
{
    long most = layer_number(&job->worker->layer, SETTING_SURGE_MAX);
    size_t count = others_draining(job);
    struct desired desired;

    if ((long)count >= most) {
        problem_add(&job->problem, STATUS_AGAIN, "%s: was not restarted and "
            "goes on running: %zu old worker%s of it still drain%s; try again "
            "later, or raise surge_max", job->worker->name, count,
            count == 1 ? "" : "s", count == 1 ? "s" : "");
        return;
    }
    record_read_desired(&job->record, &desired);
    free(job->token);
    job->token = text_copy(desired.token);
    if (desired.up || record_write_desired(&job->record, true,
            context->command->name, &job->token, &job->problem))
        launch(job, context);
    desired_clear(&desired);
}

/*
 * The new run has failed, is late, or is not wanted any more; one that was
 * ready drains then.
 */
static void
give_up(struct job *job, bool was_ready, struct problem *why)
{
    struct desired desired;
    bool goes_on;

    if (!job->alive)
        session_close(job);
    else if (!was_ready)
        end_candidate(job);
    goes_on = restore_current(job);
    record_read_desired(&job->record, &desired);
    job->outcome = NULL;
    problem_clear(&job->problem);
    if (!desired.up && *desired.by)
        launch_ended_by(job, desired.by);
    else {
        if (why->text != NULL)
            problem_add(&job->problem, STATUS_UNAVAILABLE, "%s", why->text);
        problem_add(&job->problem, STATUS_UNAVAILABLE, goes_on
            ? "%s: was not restarted; the old one goes on as it was"
            : "%s: was not restarted, and the old one does not run as it did "
            "either; see status", job->worker->name);
    }
    desired_clear(&desired);
}

/*
 * How is the current run to the new one: 0, the same; below, older; above,
 * newer?  One that is ready gets to be current when somebody has the lock, and
 * once more should a read have failed then.  The result is errno why it cannot
 * be told, or 0.
 */
static int
find_current(const struct job *job, bool ready, int *order)
{
    int unread, tries = 0;

    do {
        struct record current;

        unread = runs_current(&job->record, &current);
        *order = strcmp(current.directory, job->at.directory);
        record_clear(&current);
    } while (unread == 0 && *order < 0 && ready && tries++ == 0
        && others_settle(job));
    return unread;
}

static bool
is_wanted(const struct job *job)
{
    struct desired desired;
    bool up;

    record_read_desired(&job->record, &desired);
    up = desired.up || desired.unread || desired.broken;
    desired_clear(&desired);
    return up;
}

static void
leave_both(struct job *job, int unread, struct problem *why)
{
    job->outcome = NULL;
    if (why->text != NULL)
        problem_add(&job->problem, why->status, "%s", why->text);
    if (unread != 0)
        problem_add(&job->problem, STATUS_AGAIN, "%s: cannot read which of "
            "the old worker and the new is to go on: %s: %s; %s",
            job->worker->name, job->record.directory, strerror(unread),
            problem_way_out(unread, "see status"));
    else
        tell_unsettled(job);
}

/*
 * The doing of other calls, or a person's hand, is as good as ours: what
 * counts is which run is current when we have the lock.
 */
void
surge_conclude(struct job *job)
{
    struct problem why = job->problem;
    bool was_ready = job->outcome != NULL, ready;
    int unread, current;

    job->problem = (struct problem){0};
    if (job_lock(job)) {
        ready = job->alive && job->run.state == RUN_RUNNING;
        unread = find_current(job, ready, &current);
        if (unread == 0 && current > 0 && job->alive) {
            /* It was ready, then, and drains. */
            job->outcome = NULL;
            problem_add(&job->problem, STATUS_AGAIN, "%s: was restarted, and "
                "another call has replaced it since; see status",
                job->worker->name);
        } else if (unread != 0 || (ready && current < 0 && is_wanted(job)))
            leave_both(job, unread, &why);
        else if (current != 0)
            give_up(job, was_ready || ready, &why);
        else if (ready)
            job->outcome = "restarted";
        else if (why.text != NULL)
            problem_add(&job->problem, why.status, "%s", why.text);
        failpoint("surge over");
        job_unlock(job);
    }
    problem_clear(&why);
}
