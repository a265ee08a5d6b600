/*
 * report.c - reads JSON by means of jansson, which takes UTF-8 alone and no
 * NUL in a text.
 */
#include "top/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

/* More of them are left out. */
enum { TASKS = 64, RUNS = 16 };

/* No number is larger, so that all of them can be added up. */
static const long long largest = 1000000000000;

static char *
text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text_copy(text) : NULL;
}

static long long
number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    long long number = json_is_integer(value) ? json_integer_value(value) : -1;

    return number >= 0 && number <= largest ? number : -1;
}

static bool
switch_of(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* As base/clock.h writes it, or seconds since 1970. */
static long long
time_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    long long number = number_of(object, key);
    struct tm when = {0};

    if (number > 0)
        return number;
    if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%SZ", &when) == NULL)
        return 0;
    return timegm(&when);
}

static void
read_tasks(struct report *report, const json_t *list)
{
    size_t count = json_array_size(list);

    if (count > TASKS)
        count = TASKS;
    report->task = text_allocate(count + 1, sizeof *report->task);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i);
        char *name = text_of(one, "name");

        if (name != NULL)
            report->task[report->tasks++] = (struct report_task){
                name, time_of(one, "began")
            };
    }
}

/* Runs beside the current one, by their number. */
static void
read_others(struct report *report, json_t *others)
{
    const char *number;
    json_t *one;

    json_object_foreach(others, number, one) {
        char *state = text_of(one, "state");
        time_t since = time_of(one, "since");
        char when[32] = "";
        struct tm local;

        if (since > 0 && localtime_r(&since, &local) != NULL)
            strftime(when, sizeof when, " since %H:%M:%S", &local);
        if (report->runs.count < RUNS)
            words_addf(&report->runs, "run %-10s %s%s", number,
                state ? state : "?", when);
        free(state);
    }
}

bool
report_read(struct report *report, const char *text, size_t size)
{
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *last;

    *report = (struct report){ .worker = text_of(object, "worker") };
    if (report->worker == NULL || *report->worker == '\0') {
        free(report->worker);
        json_decref(object);
        return false;
    }
    report->queue = text_of(object, "queue");
    report->session = text_of(object, "session");
    report->state_dir = text_of(object, "state_dir");
    report->state = text_of(object, "state");
    report->trouble = text_of(object, "trouble");
    report->revision = text_of(object, "revision");
    report->stuck = switch_of(object, "stuck");
    report->drifted = json_array_size(json_object_get(object, "drifted")) > 0;
    report->runner_gone = switch_of(object, "runner_gone");
    report->limited = switch_of(object, "restart_limit_reached");
    report->busy = number_of(object, "busy");
    report->processes = number_of(object, "processes");
    report->done = number_of(object, "done");
    report->failed = number_of(object, "failed");
    report->waiting = number_of(object, "waiting");
    report->healed = number_of(object, "healed");
    report->memory = number_of(object, "memory_mib");
    report->draining = number_of(object, "draining");
    report->runner = number_of(object, "pid");
    report->main = number_of(object, "mainprocess");
    report->since = time_of(object, "since");
    report->last_task = time_of(object, "last_task");
    last = json_object_get(object, "last_run");
    report->last_ended = time_of(last, "ended");
    report->last_status = number_of(last, "status");
    read_tasks(report, json_object_get(object, "tasks"));
    read_others(report, json_object_get(object, "others"));
    json_decref(object);
    return true;
}

long long
report_oldest(const struct report *report)
{
    long long oldest = 0;

    for (size_t i = 0; i < report->tasks; i++)
        if (report->task[i].began > 0
            && (oldest == 0 || report->task[i].began < oldest))
            oldest = report->task[i].began;
    return oldest;
}

void
report_clear(struct report *report)
{
    for (size_t i = 0; i < report->tasks; i++)
        free(report->task[i].name);
    free(report->task);
    free(report->worker);
    free(report->queue);
    free(report->session);
    free(report->state_dir);
    free(report->state);
    free(report->trouble);
    free(report->revision);
    words_clear(&report->runs);
    *report = (struct report){0};
}
