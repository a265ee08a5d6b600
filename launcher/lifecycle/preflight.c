/*
 * preflight.c - tries a new worker's words as `check` does, while the old one
 * goes on working.
 *
 * Workers that differ in their names alone are tried once.  Others are tried
 * side by side, as many as there are processors and never more than a few:
 * each takes the memory of an app.  And none is asked to end before all were
 * tried, or the first would be gone for as long as the others take.
 */
#include "lifecycle/preflight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain.h"
#include "base/text.h"
#include "cli/progress.h"
#include "probe/probed-worker.h"
#include "probe/verdict.h"

enum { AT_ONCE = 4 };

/* What is tried for one job or more. */
struct flight {
    struct worker worker;
    char *text;                 /* of it, to compare */
    const char *name;           /* of the first job's worker */
};

struct flights {
    struct flight *flight;
    struct probe *probe;        /* one for each */
    size_t *of_job;             /* which it is; `count` of all jobs: none */
    size_t count;
};

/*
 * Is something to be tried?  One that does not say when it is ready is a
 * worker that does not load our module: to try it would be to start it.
 */
static bool
is_tried(struct job *job, const struct context *context)
{
    if (!job_is_open(job) || context->options.force
        || !layer_is_on(&job->worker->layer, SETTING_PREFLIGHT))
        return false;
    job_refresh(job);
    return job->alive && job->replaces && !job->run.assumed
        && job->run.state != RUN_DRAINING;
}

/* Whoever says down from now on came later than we, and is obeyed. */
static void
note_token(struct job *job)
{
    struct desired desired = {0};

    record_read_desired(&job->record, &desired);
    free(job->token);
    job->token = text_copy(desired.token);
    desired_clear(&desired);
}

static size_t
flight_for(struct flights *flights, const struct worker *worker)
{
    struct flight *new = &flights->flight[flights->count];
    size_t i;

    probed_worker_make(worker, true, &new->worker);
    new->text = probed_worker_text(&new->worker);
    new->name = worker->name;
    for (i = 0; i < flights->count; i++)
        if (strcmp(flights->flight[i].text, new->text) == 0) {
            worker_clear(&new->worker);
            free(new->text);
            *new = (struct flight){0};
            return i;
        }
    flights->probe[i] = (struct probe){
        .worker = &new->worker, .humble = true, .name = new->name
    };
    flights->count++;
    return i;
}

static void
preflight_wait(const struct probe *probe)
{
    if (probe->main.pid == 0)
        progress_show(probe->name, "trying the new one", probe->deadline);
}

static void
preflight_tell(const struct problem *sentence)
{
    progress_clear();
    fflush(plain_out);
    problem_print(sentence);
}

/* What it says goes to standard error at once: the restart goes on. */
static void
preflight_remark(const struct job *job, const char *reason)
{
    struct problem problem = {0};

    problem_add(&problem, STATUS_DONE, "%s: could not be tried before its "
        "restart, which goes on: %s", job->worker->name, reason);
    preflight_tell(&problem);
    problem_clear(&problem);
}

static void
preflight_judge(struct job *job, const struct probe *probe)
{
    struct problem reason = {0};

    switch (verdict_of(probe, &reason)) {
    case VERDICT_STARTS:
        break;
    case VERDICT_FAILS:
        problem_add(&job->problem, STATUS_UNAVAILABLE, "%s: was not "
            "restarted and goes on running, as the new one would not start: "
            "%s, or use --force", job->worker->name, reason.text);
        break;
    case VERDICT_NONE:
        preflight_remark(job, reason.text);
        break;
    }
    problem_clear(&reason);
}

void
preflight(struct jobs *jobs, const struct context *context)
{
    struct flights flights = {
        .flight = text_allocate(jobs->count, sizeof *flights.flight),
        .probe = text_allocate(jobs->count, sizeof *flights.probe),
        .of_job = text_allocate(jobs->count, sizeof *flights.of_job),
    };
    struct probes probes = {
        .probe = flights.probe, .account = &context->account,
        .most = context->node.processors < AT_ONCE
            ? context->node.processors : AT_ONCE,
        .waits = preflight_wait, .tells = preflight_tell
    };

    for (size_t i = 0; i < jobs->count; i++) {
        struct job *job = &jobs->job[i];

        flights.of_job[i] = jobs->count;
        if (is_tried(job, context)) {
            note_token(job);
            flights.of_job[i] = flight_for(&flights, job->worker);
        }
    }
    probes.count = flights.count;
    if (probes.count > 0)
        probes_run(&probes);
    progress_clear();
    for (size_t i = 0; i < jobs->count; i++)
        if (flights.of_job[i] < jobs->count)
            preflight_judge(&jobs->job[i],
                &flights.probe[flights.of_job[i]]);
    for (size_t i = 0; i < flights.count; i++) {
        probe_clear(&flights.probe[i]);
        worker_clear(&flights.flight[i].worker);
        free(flights.flight[i].text);
    }
    free(flights.of_job);
    free(flights.probe);
    free(flights.flight);
}
