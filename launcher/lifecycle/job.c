/*
 * job.c - what every command does with a worker's record before and
 * after its own work.
 */
#include "lifecycle/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"
#include "lifecycle/others.h"
#include "lifecycle/repair.h"
#include "record/runs.h"
#include "system/process.h"

/*
 * Milliseconds until a runner that has a pane enters itself, and that one
 * may take to leave once it has written down how its run ended.
 */
enum { REGISTRATION = 5000, LEAVING = 1000 };

void
job_make(struct job *job, const struct worker *worker)
{
    *job = (struct job){ .worker = worker };
    record_name(&job->record, layer_text(&worker->layer, SETTING_STATE_DIR),
        worker->session);
}

void
job_make_of_run(struct job *job, const struct worker *worker,
    const char *directory)
{
    job_make(job, worker);
    job->at.directory = text_copy(directory);
    job->pinned = true;
    job_refresh(job);
}

void
job_clear(struct job *job)
{
    jobs_clear(&job->others);
    record_clear(&job->record);
    record_clear(&job->at);
    run_clear(&job->run);
    free(job->socket);
    free(job->token);
    free(job->detail);
    process_list_clear(&job->known);
    process_list_clear(&job->left);
    problem_clear(&job->problem);
}

void
jobs_make(struct jobs *jobs, const struct context *context)
{
    jobs->count = context->workers.count;
    jobs->job = text_allocate(jobs->count, sizeof *jobs->job);
    for (size_t i = 0; i < jobs->count; i++)
        job_make(&jobs->job[i], &context->workers.worker[i]);
}

enum status
jobs_report(const struct jobs *jobs)
{
    enum status worst = STATUS_DONE;

    for (size_t i = 0; i < jobs->count; i++) {
        const struct job *job = &jobs->job[i];

        if (job->outcome != NULL && *job->outcome)
            fprintf(plain_out, "%s: %s%s%s%s\n", job->worker->name,
                job->outcome, job->detail ? " (" : "",
                job->detail ? job->detail : "", job->detail ? ")" : "");
        fflush(plain_out);
        problem_print(&job->problem);
        worst = status_worse(worst, job->status);
        worst = status_worse(worst, job->problem.status);
    }
    return worst;
}

void
jobs_clear(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        job_clear(&jobs->job[i]);
    free(jobs->job);
    *jobs = (struct jobs){0};
}

char *
job_new_socket(const struct job *job)
{
    const char *set = layer_text(&job->worker->layer, SETTING_TMUX_SOCKET);

    return set ? text_copy(set) : tmux_default_socket();
}

static enum life
read_run(struct job *job)
{
    run_clear(&job->run);
    if (job->pinned)
        record_read_run(&job->at, &job->run);
    else {
        record_clear(&job->at);
        runs_read(&job->record, &job->at, &job->run);
    }
    if (job->run.state == RUN_ENDED)
        process_wait(job->run.runner, clock_now() + LEAVING);
    return run_look(&job->run, &job->lost);
}

/* As before, and is it the same run, with the same runner? */
static bool
read_run_again(struct job *job, enum life *life)
{
    struct process runner = job->run.runner;
    char *id = text_copy(job->run.id);
    bool same;

    *life = read_run(job);
    same = strcmp(job->run.id, id) == 0 && job->run.runner.pid == runner.pid
        && job->run.runner.start == runner.start;
    free(id);
    return same;
}

/*
 * A runner that is gone may have written how it ended just before, and the
 * next run may have begun and ended meanwhile: dead without a word is only
 * what is so at a second look.
 */
void
job_refresh(struct job *job)
{
    enum life life = read_run(job);

    while (life == LIFE_DEAD && job->run.state != RUN_ENDED
        && job->run.state != RUN_NONE && !read_run_again(job, &life))
        continue;
    job->alive = life == LIFE_ALIVE;
    job->unknown = life != LIFE_UNKNOWN ? 0 : errno ? errno : EIO;
    free(job->socket);
    job->socket = *job->run.socket ? text_copy(job->run.socket)
        : job_new_socket(job);
}

bool
job_check_known(struct job *job)
{
    char *usual = text_format("check that /proc is mounted and that you can "
        "read what is in %s", job->record.directory);
    const char *reason = strerror(job->unknown),
        *way_out = problem_way_out(job->unknown, usual);
    bool known;

    if (job->unknown == PROC_ELSEWHERE) {
        reason = "it was started in another pid namespace";
        way_out = "call this there, as in the container of its start";
    }
    known = job->unknown == 0 || problem_add(&job->problem, STATUS_AGAIN,
        "%s: cannot determine whether it is running, so nothing was done: %s; "
        "%s", job->worker->name, reason, way_out);
    free(usual);
    return known;
}

/* Ask tmux for a pane of it that is alive. */
static bool
find_living_pane(struct job *job)
{
    struct tmux_session session = job_session(job);
    struct tmux_view view;
    bool living = false;

    if (tmux_look(&session, &view, &job->problem))
        for (size_t i = 0; i < view.count; i++)
            living = living || !view.pane[i].dead;
    tmux_view_clear(&view);
    return living;
}

/*
 * A start was killed between making the session and hearing from the runner,
 * or before.  If there is a session, its runner will enter itself presently.
 */
static void
await_runner(struct job *job)
{
    long long deadline = clock_now() + REGISTRATION;

    while (job->run.state == RUN_STARTING && job->run.runner.pid == 0
        && clock_left(deadline) > 0) {
        if (!find_living_pane(job))
            return;
        clock_sleep(20);
        job_refresh(job);
    }
}

void
job_unlock(struct job *job)
{
    record_unlock(&job->record);
}

/* Nothing more is done with it. */
static bool
fail(struct job *job)
{
    job->outcome = NULL;
    job_unlock(job);
    return false;
}

static bool
lock(struct job *job, long seconds)
{
    if (!record_make(&job->record, &job->problem)
        || !record_lock(&job->record, seconds, &job->problem))
        return fail(job);
    job_refresh(job);
    await_runner(job);
    if (others_settle(job))
        job_refresh(job);
    return (job_check_known(job) && job->problem.text == NULL)
        || fail(job);
}

bool
job_lock(struct job *job)
{
    const struct layer *layer = &job->worker->layer;

    if (!lock(job, layer_number(layer, SETTING_START_TIMEOUT)
        + layer_number(layer, SETTING_STOP_TIMEOUT)))
        return false;
    if (job->run.broken) {
        if (!repair_run(job))
            return fail(job);
        job_refresh(job);
    }
    return true;
}

bool
job_try_lock(struct job *job)
{
    bool good = lock(job, 0);

    if (!good && job->problem.status == STATUS_AGAIN && !job->unknown)
        problem_clear(&job->problem);
    return good;
}

enum status
job_tell_unseen(struct job *job, const char *way_out, struct problem *problem)
{
    const char *name = job->worker->name;

    /* It may have ended, with its pane, since it was looked at. */
    if (job->alive)
        job_refresh(job);
    if (!job_check_known(job)) {
        problem_add(problem, job->problem.status, "%s", job->problem.text);
        problem_clear(&job->problem);
    } else if (job->alive)
        problem_add(problem, STATUS_AGAIN, "%s has lost its session and goes "
            "on without one, until its running tasks have finished; see "
            "status", name);
    else
        problem_add(problem, STATUS_STOPPED, "%s is not running; %s", name,
            way_out);
    return problem->status;
}

bool
job_is_open(const struct job *job)
{
    return job->outcome == NULL && job->problem.text == NULL;
}

struct tmux_session
job_session(const struct job *job)
{
    bool known = *job->run.pane && run_has_server(&job->run);

    return (struct tmux_session){ job->socket, job->worker->session,
        known ? job->run.pane : NULL, known ? job->run.server.pid : 0 };
}

bool
job_has_screen(const struct job *job)
{
    return !*job->run.pane || run_has_server(&job->run);
}
