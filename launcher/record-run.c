/*
 * record-run.c - the files `run` and `wanted` of a record: lines of a key, a
 * blank and the value.
 */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lines.h"
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

static struct process
process_of(const char *text, const char *key)
{
    struct process process = {0};
    char *value = lines_value(text, key);
    int pid;

    if (sscanf(value, "%d %llu", &pid, &process.start) == 2)
        process.pid = pid;
    free(value);
    return process;
}

/* Pairs of a pid and its start time. */
static void
read_processes(const char *text, const char *key, struct tree *tree)
{
    char *value = lines_value(text, key);
    const char *next = value;
    struct process process;
    int pid, used;

    while (sscanf(next, "%d %llu%n", &pid, &process.start, &used) == 2) {
        process.pid = pid;
        tree_add(tree, process);
        next += used;
    }
    free(value);
}

static char *
processes_text(const struct tree *tree)
{
    char *text = text_copy("");

    for (size_t i = 0; i < tree->count; i++)
        text_append(&text, " %d %llu", (int)tree->process[i].pid,
            tree->process[i].start);
    return text;
}

static enum run_state
state_of(const char *text)
{
    char *value = lines_value(text, "state");
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
    int error = text == NULL && errno != ENOENT ? errno : 0;

    *run = (struct run){
        .unread = error,
        .state = state_of(text),
        .id = lines_value(text, "id"),
        .boot = lines_value(text, "boot"),
        .begun = lines_number(text, "begun-awake"),
        .since = lines_number(text, "since"),
        .runner = process_of(text, "runner"),
        .main = process_of(text, "mainprocess"),
        .socket = lines_value(text, "socket"),
        .assumed = lines_number(text, "assumed"),
        .asked = lines_number(text, "asked"),
        .kept = lines_number(text, "kept"),
        .result = lines_number(text, "result"),
        .revision = lines_value(text, "revision"),
        .phase = lines_value(text, "phase"),
    };
    read_processes(text, "left", &run->left);
    free(text);
}

bool
record_write_run(const struct record *record, const struct run *run,
    struct problem *problem)
{
    char *left = processes_text(&run->left);
    char *text = text_format("state %s\nid %s\nboot %s\nbegun-awake %lld\n"
        "since %lld\nrunner %d %llu\nmainprocess %d %llu\nsocket %s\n"
        "assumed %d\nasked %d\nkept %d\nresult %d\nrevision %s\nphase %s\n"
        "left%s\n",
        state_names[run->state],
        run->id, run->boot, run->begun, run->since, (int)run->runner.pid,
        run->runner.start, (int)run->main.pid, run->main.start, run->socket,
        run->assumed, run->asked, run->kept, run->result,
        run->revision, run->phase, left);
    bool good = record_write(record, "run", text, problem);

    free(left);
    free(text);
    return good;
}

void
record_read_wanted(const struct record *record, struct wanted *wanted)
{
    char *text = record_read(record, "wanted");
    int error = text == NULL && errno != ENOENT ? errno : 0;
    char *direction = lines_value(text, "wanted");

    *wanted = (struct wanted){
        .unread = error,
        .up = strcmp(direction, "up") == 0,
        .by = lines_value(text, "by"),
        .saying = lines_value(text, "saying"),
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

    free(*saying);
    *saying = notify_random(8);
    text = text_format("wanted %s\nby %s\nsaying %s\n", up ? "up" : "down",
        by, *saying);
    good = record_write(record, "wanted", text, problem);
    free(text);
    return good;
}

bool
run_is_of_this_boot(const struct run *run)
{
    char *boot = tree_boot();
    bool same = boot != NULL && strcmp(boot, run->boot) == 0;

    free(boot);
    return same;
}

/* Is the run of another boot for sure?  Then nothing of it is alive. */
static bool
is_of_another_boot(const struct run *run, int *error)
{
    char *boot = tree_boot();
    bool other = boot != NULL && strcmp(boot, run->boot) != 0;

    *error = boot == NULL ? errno : 0;
    free(boot);
    return other;
}

enum life
run_life(const struct run *run)
{
    enum life life, main;
    int strange, error;

    errno = run->unread;
    if (run->unread != 0)
        return LIFE_UNKNOWN;
    if (run->state == RUN_NONE || run->state == RUN_ENDED
        || is_of_another_boot(run, &strange))
        return LIFE_DEAD;
    life = tree_life(run->runner);
    error = errno;
    if (life != LIFE_ALIVE && (main = tree_life(run->main)) != LIFE_DEAD) {
        life = main;
        error = errno;
    }
    errno = strange ? strange : error;
    return life == LIFE_ALIVE && strange ? LIFE_UNKNOWN : life;
}

bool
run_is_alive(const struct run *run)
{
    return run_life(run) == LIFE_ALIVE;
}

bool
run_lost_runner(const struct run *run)
{
    return run_is_alive(run) && run->runner.pid != 0
        && tree_is_dead(run->runner);
}

bool
run_is_since(const struct run *run, long long moment)
{
    return run->state != RUN_NONE && run->begun >= moment
        && run_is_of_this_boot(run);
}

void
run_clear(struct run *run)
{
    free(run->id);
    free(run->boot);
    free(run->socket);
    free(run->revision);
    free(run->phase);
    tree_clear(&run->left);
    *run = (struct run){0};
}

void
wanted_clear(struct wanted *wanted)
{
    free(wanted->by);
    free(wanted->saying);
    *wanted = (struct wanted){0};
}
