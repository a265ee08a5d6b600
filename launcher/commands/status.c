/*
 * status.c - one line a worker, from its record and /proc alone: no
 * other program is run, so that it may be asked as often as one likes.
 */
#include "commands/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"
#include "cli/health.h"
#include "cli/history.h"
#include "cli/json.h"
#include "cli/prom.h"
#include "commands/status-others.h"
#include "lifecycle/others.h"
#include "record/backoff.h"

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

struct state
status_state(const struct job *job, struct problem *problem)
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
    else if (!job->alive
        && !record_check_read(&job->record, &desired, problem))
        state = (struct state){ .name = "unknown", .status = STATUS_AGAIN };
    else if (desired.up)
        state = (struct state){ .name = "dead", .status = STATUS_DEAD };
    if (job->alive) {
        bool drains = job->run.state == RUN_DRAINING;
        bool runs = job->run.state == RUN_RUNNING;

        state = (struct state){ .name = run_state_name(job->run.state),
            .lost = job->lost };
        if (!job->lost)
            health_read(&job->at, &job->run, &state.health);
        state.stuck = runs && health_is_stuck(&state.health);
        /* One that drains needs nothing but its time. */
        state.status = (job->lost && !drains) || state.stuck ? STATUS_DEAD
            : runs ? STATUS_DONE : STATUS_AGAIN;
    } else if (state.status == STATUS_DEAD && *job->run.id
        && !check_recall(job, problem) && record_is_over(&job->record))
        state = stopped;
    else if (state.status == STATUS_DEAD)
        state.limited = is_limited(job);
    desired_clear(&desired);
    return state;
}

void
status_details(const struct job *job, const struct node *node,
    struct details *details)
{
    const struct run *run = &job->run;
    long memory = -1;

    drift_clear(&details->drift);
    if (job->alive) {
        drift_find(job, node, &details->drift);
        memory = proc_memory_below(run->main.pid ? run->main.pid
            : run->runner.pid);
    }
    details->memory = memory < 0 ? -1 : (memory + 1023) / 1024;
}

void
status_details_clear(struct details *details)
{
    drift_clear(&details->drift);
}

static void
print_process(struct json *json, const char *key, struct process process)
{
    if (proc_is_alive(process))
        json_number(json, key, process.pid);
    else
        json_text(json, key, NULL);
}

void
status_print_json(FILE *file, const struct job *job,
    const struct state *state, const struct details *details)
{
    const struct run *run = &job->run;
    struct process none = {0};
    char *since = clock_text(run->since);
    struct json json = { .file = file };

    json_text(&json, "worker", job->worker->name);
    json_text(&json, "queue", job->worker->queue);
    json_text(&json, "session", job->worker->session);
    json_text(&json, "state_dir", layer_text(&job->worker->layer,
        SETTING_STATE_DIR));
    json_text(&json, "state", state->name);
    others_print_json(&json, job);
    json_words(&json, "drifted", job->alive ? &details->drift.keys : NULL);
    json_text(&json, "since", run->state != RUN_NONE ? since : NULL);
    print_process(&json, "pid", job->alive ? run->runner : none);
    print_process(&json, "mainprocess", job->alive ? run->main : none);
    json_switch(&json, "runner_gone", state->lost);
    json_switch(&json, "restart_limit_reached", state->limited);
    health_print_json(&json, &state->health, state->stuck);
    if (details->memory >= 0)
        json_number(&json, "memory_mib", details->memory);
    else
        json_text(&json, "memory_mib", NULL);
    json_text(&json, "revision", job->alive && *run->revision ? run->revision
        : NULL);
    history_print_json(&json, &job->record);
    json_end(&json);
    putc('\n', file);
    free(since);
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
    history_print(&job->record);
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

static void
add_to_prom(struct prom *prom, const char *user, const struct job *job,
    const struct state *state, const struct details *details,
    struct problem *problem)
{
    const struct prom_worker worker = {
        .user = user, .worker = job->worker, .record = &job->record,
        .run = &job->run, .alive = job->alive, .state = state->name,
        .stuck = state->stuck, .health = &state->health,
        .memory = details->memory, .drifted = &details->drift.keys,
    };

    prom_add(prom, &worker, problem);
}

/* What is read by a program that sees the states there has no other status. */
static enum status
end_prom(struct prom *prom, struct problem *problem)
{
    prom_print(prom);
    problem_print(problem);
    problem_clear(problem);
    return STATUS_DONE;
}

static enum status
status_of_workers(struct context *context, struct problem *problem)
{
    enum status worst = STATUS_DONE;
    struct prom prom = {0};
    struct jobs jobs;
    bool exists;

    if (context->options.prom && (context->options.follow
        || context->options.json || context->options.verbose)) {
        problem_add(problem, STATUS_USAGE, "--prom cannot be combined with "
            "--json, --follow or --verbose; leave those out");
        return STATUS_USAGE;
    }
    if (context->options.follow)
        return status_follow(context, problem);
    jobs_make(&jobs, context);
    for (size_t i = 0; i < jobs.count; i++) {
        struct job *job = &jobs.job[i];
        struct details details = {0};
        struct state state;

        if (!record_exists(&job->record, &exists, problem))
            continue;
        job_refresh(job);
        others_find(job);
        state = status_state(job, problem);
        job_check_known(job);
        if (context->options.prom || context->options.json)
            status_details(job, &context->node, &details);
        else if (job->alive)
            drift_find(job, &context->node, &details.drift);
        worst = status_worse(worst, state.status);
        if (context->options.prom)
            add_to_prom(&prom, context->account.user, job, &state, &details,
                problem);
        else if (context->options.json)
            status_print_json(plain_out, job, &state, &details);
        else
            print_line(context, job, &state, &details.drift);
        fflush(plain_out);
        problem_print(&job->problem);
        health_clear(&state.health);
        status_details_clear(&details);
    }
    jobs_clear(&jobs);
    if (context->options.arguments.count == 0
        && context->options.queues.count == 0 && !context->options.all)
        tell_of_others(context, problem);
    return context->options.prom ? end_prom(&prom, problem) : worst;
}

const struct command command_status = {
    .name = "status", .usage = "[WORKER]...",
    .help = "Print the state of each worker.",
    .needs = NEEDS_WORKERS | FINDS_QUEUES,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_JSON | ACCEPT_ALL
        | ACCEPT_FOLLOW | ACCEPT_PROM,
    .run = status_of_workers,
};
