/*
 * status.c - one line a worker, from its record and /proc alone: no
 * other program is run, so that it may be asked as often as one likes.
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"
#include "cli/health.h"
#include "cli/json.h"
#include "commands/status-others.h"
#include "lifecycle/drift.h"
#include "lifecycle/job.h"
#include "lifecycle/others.h"
#include "record/backoff.h"
#include "record/history.h"

/* The state of a worker, for people and scripts. */
struct state {
    const char *name;
    enum status status;
    bool lost;                  /* its runner was killed */
    bool limited;               /* nobody starts it by itself just now */
    bool stuck;                 /* it could take tasks, and does not */
    struct health health;
};

/* Could tend start it from its record?  If not, why, unless it was ended. */
static bool
check_recall(const struct job *job, struct problem *problem)
{
    struct context other = {0};
    bool good = context_recall_unlocked(&other, job->record.directory,
        context_recall_next, problem);

    context_clear(&other);
    return good;
}

static bool
is_limited(const struct job *job)
{
    struct backoff backoff;
    bool limited;

    backoff_read(&job->record, &job->run, &backoff);
    limited = backoff.limited;
    backoff_clear(&backoff);
    return limited;
}

static struct state
worker_state(const struct job *job, struct problem *problem)
{
    const struct state stopped = {
        .name = "stopped", .status = STATUS_STOPPED
    };
    struct state state = stopped;
    struct desired desired = {0};

    if (job->unknown)
        return (struct state){ .name = "unknown", .status = STATUS_AGAIN };
    record_read_desired(&job->record, &desired);
    if (!record_check_whole(&job->record, &job->run, &desired, problem))
        state = (struct state){ .name = "broken",
            .status = STATUS_UNAVAILABLE };
    else if (desired.unread)
        state = (struct state){ .name = "unknown", .status = STATUS_AGAIN };
    else if (desired.up)
        state = (struct state){ .name = "dead", .status = STATUS_DEAD };
    if (job->alive) {
        bool lost = run_lost_runner(&job->run);
        bool drains = job->run.state == RUN_DRAINING;
        bool runs = job->run.state == RUN_RUNNING;

        state = (struct state){ .name = run_state_name(job->run.state),
            .lost = lost };
        if (!lost)
            health_read(&job->at, &job->run, &state.health);
        state.stuck = runs && health_is_stuck(&state.health);
        /* One that drains needs nothing but its time. */
        state.status = (lost && !drains) || state.stuck ? STATUS_DEAD
            : runs ? STATUS_DONE : STATUS_AGAIN;
    } else if (state.status == STATUS_DEAD && *job->run.id
        && !check_recall(job, problem) && record_is_over(&job->record))
        state = stopped;
    else if (state.status == STATUS_DEAD)
        state.limited = is_limited(job);
    desired_clear(&desired);
    return state;
}

static void
print_process(struct json *json, const char *key, struct process process)
{
    if (proc_is_alive(process))
        json_number(json, key, process.pid);
    else
        json_text(json, key, NULL);
}

static void
print_last_json(struct json *json, const struct job *job)
{
    char *began, *ended;
    struct history_run last;

    if (!history_read(&job->record, 1, &last)) {
        json_text(json, "last_run", NULL);
        return;
    }
    began = clock_text(last.began);
    ended = clock_text(last.ended);
    json_object(json, "last_run");
    json_text(json, "began", began);
    json_text(json, "ended", ended);
    json_number(json, "status", last.result);
    json_text(json, "asked_by", *last.by ? last.by : NULL);
    json_text(json, "left", *last.left ? last.left : NULL);
    json_number(json, "peak_kib", last.peak);
    json_number(json, "swept", last.swept);
    json_number(json, "dropped", last.dropped);
    json_number(json, "memory_kills", last.memory_kills);
    json_end(json);
    free(ended);
    free(began);
    history_clear(&last);
}

static void
print_json(const struct job *job, const struct state *state,
    const struct drift *drift)
{
    const struct run *run = &job->run;
    struct process none = {0};
    char *since = clock_text(run->since);
    struct json json = {0};

    json_text(&json, "worker", job->worker->name);
    json_text(&json, "queue", job->worker->queue);
    json_text(&json, "session", job->worker->session);
    json_text(&json, "state", state->name);
    others_print_json(&json, job);
    json_words(&json, "drifted", job->alive ? &drift->keys : NULL);
    json_text(&json, "since", run->state != RUN_NONE ? since : NULL);
    print_process(&json, "pid", job->alive ? run->runner : none);
    print_process(&json, "mainprocess", job->alive ? run->main : none);
    json_switch(&json, "runner_gone", state->lost);
    json_switch(&json, "restart_limit_reached", state->limited);
    health_print_json(&json, &state->health, state->stuck);
    json_text(&json, "revision", job->alive && *run->revision ? run->revision
        : NULL);
    print_last_json(&json, job);
    json_end(&json);
    putc('\n', plain_out);
    free(since);
}

/* One line for each of the last runs, the newest first. */
static void
print_last_runs(const struct job *job)
{
    for (unsigned i = 1; i <= HISTORY_RUNS; i++) {
        char *began, *ended, *how;
        struct history_run last;

        if (!history_read(&job->record, i, &last))
            break;
        began = clock_local(last.began);
        ended = clock_local(last.ended);
        how = history_describe(&last);
        fprintf(plain_out, "    %s from %s to %s %s; its largest process had "
            "%ld MiB", i == 1 ? "the last run" : "one", began, ended, how,
            (last.peak + 1023) / 1024);
        if (last.swept > 0)
            fprintf(plain_out, "; ended %zu process%s that it left behind",
                last.swept, last.swept == 1 ? "" : "es");
        if (*last.left)
            fprintf(plain_out, "; could not end what it left behind: %s",
                last.left);
        if (last.dropped > 0)
            fprintf(plain_out, "; %llu bytes of output not shown",
                last.dropped);
        putc('\n', plain_out);
        free(how);
        free(ended);
        free(began);
        history_clear(&last);
    }
}

static void
print_drift(const struct drift *drift)
{
    for (size_t i = 0; i < drift->keys.count; i++) {
        const char *from = drift->from.word[i], *to = drift->to.word[i];

        fprintf(plain_out, "    drifted: %s from %s to %s\n",
            drift->keys.word[i], *from ? from : "(not set)",
            *to ? to : "(not set)");
    }
}

/* Nobody speaks of a restart by itself, and tend of its first attempt alone. */
static void
print_restarts(const struct job *job)
{
    struct backoff backoff;
    char *next;

    backoff_read(&job->record, &job->run, &backoff);
    next = clock_local(backoff.next);
    if (backoff.recent > 0)
        fprintf(plain_out, "    restarted by itself %u time%s in the last 10 "
            "minutes\n", backoff.recent, backoff.recent == 1 ? "" : "s");
    if (!job->alive && backoff.attempts > 0 && *backoff.why)
        fprintf(plain_out, "    tend failed %u time%s and will try again at "
            "%s: %s\n", backoff.attempts, backoff.attempts == 1 ? "" : "s",
            next, backoff.why);
    free(next);
    backoff_clear(&backoff);
}

static void
print_details(const struct job *job, const struct state *state,
    const struct drift *drift)
{
    char *since = clock_local(job->run.since);

    fprintf(plain_out, "    session %s on %s\n", job->worker->session,
        job->socket);
    if (job->run.state != RUN_NONE)
        fprintf(plain_out, "    since %s\n", since);
    if (job->alive) {
        fprintf(plain_out, "    runner %d, MainProcess %d\n",
            (int)job->run.runner.pid, (int)job->run.main.pid);
        if (job->run.assumed)
            fputs("    it did not report readiness, but its pool is up\n",
                plain_out);
        if (*job->run.revision)
            fprintf(plain_out, "    revision %s\n", job->run.revision);
        if (*job->run.celery)
            fprintf(plain_out, "    Celery %s\n", job->run.celery);
        health_print(&state->health);
        print_drift(drift);
    }
    others_print(job);
    print_restarts(job);
    fprintf(plain_out, "    record %s\n", job->record.directory);
    print_last_runs(job);
    free(since);
}

/* The line says so when readiness is only assumed, or nobody watches. */
static void
print_line(const struct context *context, const struct job *job,
    const struct state *state, const struct drift *drift)
{
    char *others = others_describe(job);

    fprintf(plain_out, "%s: %s%s%s%s%s\n", job->worker->name, state->name,
        others, job->alive && job->run.assumed ? " (readiness assumed)" : "",
        state->lost ? " (runner gone)" : state->limited
        ? " (restart limit reached)" : state->stuck ? " (stuck)" : "",
        drift->keys.count > 0 ? " (drifted)" : "");
    free(others);
    if (context->options.verbose)
        print_details(job, state, drift);
}

/* One line on standard error, which no reader of the other lines sees. */
static void
tell_of_others(const struct context *context, struct problem *problem)
{
    size_t others = context_count_recorded(context);

    if (others > 0)
        problem_add(problem, STATUS_DONE, others == 1 ? "%zu more worker on "
            "this node is not in the configuration; status --all shows it"
            : "%zu more workers on this node are not in the configuration; "
            "status --all shows them", others);
}

static enum status
status_of_workers(struct context *context, struct problem *problem)
{
    enum status worst = STATUS_DONE;
    struct jobs jobs;
    bool exists;

    jobs_make(&jobs, context);
    for (size_t i = 0; i < jobs.count; i++) {
        struct job *job = &jobs.job[i];
        struct drift drift = {0};
        struct state state;

        if (!record_exists(&job->record, &exists, problem))
            continue;
        job_refresh(job);
        others_find(job);
        state = worker_state(job, problem);
        job_check_known(job);
        if (job->alive)
            drift_find(job, &context->node, &drift);
        worst = status_worse(worst, state.status);
        if (context->options.json)
            print_json(job, &state, &drift);
        else
            print_line(context, job, &state, &drift);
        fflush(plain_out);
        problem_print(&job->problem);
        health_clear(&state.health);
        drift_clear(&drift);
    }
    jobs_clear(&jobs);
    if (context->options.arguments.count == 0
        && context->options.queues.count == 0 && !context->options.all)
        tell_of_others(context, problem);
    return worst;
}

const struct command command_status = {
    .name = "status", .usage = "[WORKER]...",
    .help = "Print the state of each worker.",
    .needs = NEEDS_WORKERS | FINDS_QUEUES,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_JSON | ACCEPT_ALL,
    .run = status_of_workers,
};
