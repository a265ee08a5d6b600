/*
 * record-run.c - the files `run` and `wanted` of a record: lines of a key, a
 * blank and the value.
 */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notify.h"
#include "text.h"

static const char *const state_names[] = {
    [RUN_NONE] = "none", [RUN_STARTING] = "starting",
    [RUN_RUNNING] = "running", [RUN_DRAINING] = "draining",
    [RUN_ENDED] = "ended",
};

const char *
run_state_name(enum run_state state)
{
    return state_names[state];
}

/* What stands behind `key` in `text`, or ""; freed by the caller. */
static char *
value_of(const char *text, const char *key)
{
    size_t length = strlen(key);

    while (text != NULL && *text) {
        size_t line = strcspn(text, "\n");

        if (line > length && strncmp(text, key, length) == 0
            && text[length] == ' ')
            return text_copy_part(text + length + 1, line - length - 1);
        text += line + (text[line] == '\n');
    }
    return text_copy("");
}

static long long
number_of(const char *text, const char *key)
{
    char *value = value_of(text, key);
    long number = 0;

    text_to_long(value, &number);
    free(value);
    return number;
}

static struct process
process_of(const char *text, const char *key)
{
    struct process process = {0};
    char *value = value_of(text, key);
    int pid;

    if (sscanf(value, "%d %llu", &pid, &process.start) == 2)
        process.pid = pid;
    free(value);
    return process;
}

static enum run_state
state_of(const char *text)
{
    char *value = value_of(text, "state");
    enum run_state state = RUN_NONE;

    for (int i = RUN_NONE; i <= RUN_ENDED; i++)
        if (strcmp(state_names[i], value) == 0)
            state = i;
    free(value);
    return state;
}

void
record_read_run(const struct record *record, struct run *run)
{
    char *text = record_read(record, "run");

    *run = (struct run){
        .state = state_of(text),
        .id = value_of(text, "id"),
        .boot = value_of(text, "boot"),
        .begun = number_of(text, "begun"),
        .since = number_of(text, "since"),
        .runner = process_of(text, "runner"),
        .main = process_of(text, "mainprocess"),
        .socket = value_of(text, "socket"),
        .assumed = number_of(text, "assumed"),
        .asked = number_of(text, "asked"),
        .kept = number_of(text, "kept"),
        .result = number_of(text, "result"),
        .phase = value_of(text, "phase"),
    };
    free(text);
}

bool
record_write_run(const struct record *record, const struct run *run,
    struct problem *problem)
{
    char *text = text_format("state %s\nid %s\nboot %s\nbegun %lld\n"
        "since %lld\nrunner %d %llu\nmainprocess %d %llu\nsocket %s\n"
        "assumed %d\nasked %d\nkept %d\nresult %d\nphase %s\n",
        state_names[run->state],
        run->id, run->boot, run->begun, run->since, (int)run->runner.pid,
        run->runner.start, (int)run->main.pid, run->main.start, run->socket,
        run->assumed, run->asked, run->kept, run->result, run->phase);
    bool good = record_write(record, "run", text, problem);

    free(text);
    return good;
}

void
record_read_wanted(const struct record *record, struct wanted *wanted)
{
    char *text = record_read(record, "wanted");
    char *direction = value_of(text, "wanted");

    *wanted = (struct wanted){
        .up = strcmp(direction, "up") == 0,
        .by = value_of(text, "by"),
        .saying = value_of(text, "saying"),
    };
    free(direction);
    free(text);
}

bool
record_write_wanted(const struct record *record, bool up, const char *by,
    char **saying, struct problem *problem)
{
    char *text;
    bool good;

    *saying = notify_random(8);
    text = text_format("wanted %s\nby %s\nsaying %s\n", up ? "up" : "down",
        by, *saying);
    good = record_write(record, "wanted", text, problem);
    free(text);
    return good;
}

static bool
is_of_this_boot(const struct run *run)
{
    char *boot = tree_boot();
    bool same = strcmp(boot, run->boot) == 0;

    free(boot);
    return same;
}

bool
run_is_alive(const struct run *run)
{
    return run->state != RUN_NONE && run->state != RUN_ENDED
        && (tree_is_alive(run->runner) || tree_is_alive(run->main))
        && is_of_this_boot(run);
}

bool
run_is_since(const struct run *run, long long moment)
{
    return run->state != RUN_NONE && run->begun >= moment
        && is_of_this_boot(run);
}

void
run_clear(struct run *run)
{
    free(run->id);
    free(run->boot);
    free(run->socket);
    free(run->phase);
    *run = (struct run){0};
}

void
wanted_clear(struct wanted *wanted)
{
    free(wanted->by);
    free(wanted->saying);
    *wanted = (struct wanted){0};
}
