/*
 * prom.c - the table of metrics, and their samples.
 */
#include "cli/prom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/plain.h"
#include "record/backoff.h"

enum metric {
    METRIC_INFO, METRIC_WANTED, METRIC_STATE, METRIC_STUCK, METRIC_DRIFTED,
    METRIC_PROCESSES, METRIC_BUSY, METRIC_DONE, METRIC_FAILED, METRIC_WAITING,
    METRIC_LAST, METRIC_AGE, METRIC_RESTARTS, METRIC_MEMORY, METRICS
};

_Static_assert((int)METRICS <= (int)PROM_MOST, "there is room for all metrics");

/* Each begins with "celery_tmux_worker_". */
static const struct { const char *name, *type, *help; } metrics[METRICS] = {
    [METRIC_INFO] = { "info", "gauge",
        "Always 1; commit is that of git_sync_dir when the worker started." },
    [METRIC_WANTED] = { "wanted", "gauge",
        "Whether the worker is to run." },
    [METRIC_STATE] = { "state", "gauge",
        "1 for the state that the worker is in, 0 for the others." },
    [METRIC_STUCK] = { "stuck", "gauge",
        "Whether the worker could take tasks and does not." },
    [METRIC_DRIFTED] = { "drifted_settings", "gauge",
        "Settings that differ from those the worker runs with." },
    [METRIC_PROCESSES] = { "processes", "gauge",
        "Processes or threads that run tasks." },
    [METRIC_BUSY] = { "busy_processes", "gauge",
        "Those of them that run a task now." },
    [METRIC_DONE] = { "tasks_done_total", "counter",
        "Tasks that ended well since the worker started." },
    [METRIC_FAILED] = { "tasks_failed_total", "counter",
        "Tasks that failed since the worker started." },
    [METRIC_WAITING] = { "waiting_messages", "gauge",
        "Messages in the worker's queues, asked while it is free." },
    [METRIC_LAST] = { "last_task_timestamp_seconds", "gauge",
        "When the last task came in, in seconds since 1970." },
    [METRIC_AGE] = { "last_task_age_seconds", "gauge",
        "Seconds since the last task came in, when this was written." },
    [METRIC_RESTARTS] = { "recent_restarts", "gauge",
        "Restarts that nobody asked for in the last ten minutes." },
    [METRIC_MEMORY] = { "resident_memory_bytes", "gauge",
        "Memory of all its processes; what they share counts in each." },
};

static const char *const states[] = {
    "starting", "running", "draining", "stopped", "dead", "broken", "unknown"
};

/*
 * Behind a comma, NAME="TEXT".  The filter comes first: later it would take
 * the quote for a part of an escape sequence that ends here.
 */
static void
label_append(char **labels, const char *name, const char *text)
{
    char *plain = plain_text(text);

    text_append(labels, "%s%s=\"", *labels ? "," : "", name);
    for (const char *letter = plain; *letter; letter++)
        if (*letter == '\n')
            text_append(labels, "\\n");
        else
            text_append(labels, *letter == '"' || *letter == '\\' ? "\\%c"
                : "%c", *letter);
    text_append(labels, "\"");
    free(plain);
}

static FILE *
sample_begin(struct prom *prom, enum metric metric)
{
    struct text_stream *samples = &prom->samples[metric];
    FILE *file = samples->file ? samples->file : text_open(samples);

    fprintf(file, "celery_tmux_worker_%s", metrics[metric].name);
    return file;
}

/* A number that is negative is not known. */
static void
sample_add(struct prom *prom, enum metric metric, const char *labels,
    long long number)
{
    if (number >= 0)
        fprintf(sample_begin(prom, metric), "{%s} %lld\n", labels, number);
}

static void
add_info(struct prom *prom, const struct prom_worker *worker,
    const char *labels)
{
    char *more = text_copy(labels);

    label_append(&more, "queue", worker->worker->queue);
    if (worker->alive && *worker->run->revision)
        label_append(&more, "commit", worker->run->revision);
    if (worker->alive && *worker->run->celery)
        label_append(&more, "celery", worker->run->celery);
    sample_add(prom, METRIC_INFO, more, 1);
    free(more);
}

static void
add_wanted(struct prom *prom, const struct prom_worker *worker,
    const char *labels)
{
    struct desired desired = {0};

    record_read_desired(worker->record, &desired);
    if (!desired.unread && !desired.broken)
        sample_add(prom, METRIC_WANTED, labels, desired.up);
    desired_clear(&desired);
}

static void
add_state(struct prom *prom, const char *state, const char *labels)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        char *more = text_copy(labels);

        label_append(&more, "state", states[i]);
        sample_add(prom, METRIC_STATE, more, strcmp(state, states[i]) == 0);
        free(more);
    }
}

static void
add_health(struct prom *prom, const struct health *health, const char *labels)
{
    long long age = time(NULL) - health->last;

    if (!health->known)
        return;
    sample_add(prom, METRIC_PROCESSES, labels, health->pool);
    sample_add(prom, METRIC_BUSY, labels, health->busy);
    sample_add(prom, METRIC_DONE, labels, health->done);
    sample_add(prom, METRIC_FAILED, labels, health->failed);
    sample_add(prom, METRIC_WAITING, labels, health->waiting);
    if (health->last <= 0)
        return;
    sample_add(prom, METRIC_LAST, labels, health->last);
    /* Before a clock that was set back it came just now. */
    sample_add(prom, METRIC_AGE, labels, age > 0 ? age : 0);
}

static void
add_restarts(struct prom *prom, const struct prom_worker *worker,
    const char *labels)
{
    struct backoff backoff;

    backoff_read(worker->record, worker->run, &backoff);
    sample_add(prom, METRIC_RESTARTS, labels, backoff.recent);
    backoff_clear(&backoff);
}

void
prom_add(struct prom *prom, const struct prom_worker *worker,
    struct problem *problem)
{
    char *labels = NULL;

    label_append(&labels, "user", worker->user);
    label_append(&labels, "worker", worker->worker->name);
    label_append(&labels, "session", worker->worker->session);
    if (words_contain(&prom->labels, labels))
        problem_add(problem, STATUS_DONE, "there are two records of worker %s "
            "with session %s, and one is shown; end what is too much",
            worker->worker->name, worker->worker->session);
    else {
        words_add(&prom->labels, labels);
        add_info(prom, worker, labels);
        add_wanted(prom, worker, labels);
        add_state(prom, worker->state, labels);
        add_health(prom, worker->health, labels);
        add_restarts(prom, worker, labels);
        if (worker->alive) {
            sample_add(prom, METRIC_STUCK, labels, worker->stuck);
            sample_add(prom, METRIC_DRIFTED, labels, worker->drifted->count);
        }
        if (worker->memory >= 0)
            sample_add(prom, METRIC_MEMORY, labels,
                worker->memory * 1024 * 1024);
    }
    free(labels);
}

void
prom_print(struct prom *prom)
{
    for (int i = 0; i < METRICS; i++) {
        char *samples;

        if (prom->samples[i].file == NULL)
            continue;
        samples = text_close(&prom->samples[i]);
        fprintf(plain_out, "# HELP celery_tmux_worker_%s %s\n"
            "# TYPE celery_tmux_worker_%s %s\n%s", metrics[i].name,
            metrics[i].help, metrics[i].name, metrics[i].type, samples);
        free(samples);
    }
    words_clear(&prom->labels);
    *prom = (struct prom){0};
}
