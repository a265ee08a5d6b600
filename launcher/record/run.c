/*
 * run.c - the file `run` of a run's record, and `wanted` of a worker's: lines
 * of a key, a blank and the value.
 */
#include "record/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fields.h"
#include "base/random.h"
#include "base/text.h"
#include "record/runs.h"
#include "system/mainprocess.h"

static const char *const state_names[] = {
    [RUN_NONE] = "none", [RUN_PLANNED] = "planned",
    [RUN_STARTING] = "starting",
    [RUN_RUNNING] = "running", [RUN_DRAINING] = "draining",
    [RUN_ENDED] = "ended",
};

const char *
run_state_name(enum run_state state)
{
    return state_names[state];
}

const char *
record_session(const struct record *record)
{
    const char *slash = strrchr(record->directory, '/');

    return slash ? slash + 1 : record->directory;
}

/*
 * Does `text` end as it was written, and has it a line for each of the keys,
 * which end with NULL?  Keys that came later are not asked for.
 */
static bool
has_lines(const char *text, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        if (!fields_have(text, *keys))
            return false;
    return text_ends(text, "\n");
}

/*
 * The text of a file; NULL also when it cannot be read, with errno in
 * `*unread`, or is not whole, as `*broken` tells.
 */
static char *
record_lines(const struct record *record, const char *name,
    const char *const *keys, int *unread, bool *broken)
{
    char *text = record_read(record, name);

    *unread = record_unread(text);
    *broken = text ? !has_lines(text, keys) : errno == EBADMSG;
    if (*broken) {
        free(text);
        text = NULL;
    }
    return text;
}

/* A pid and its start time at `*text`, which moves on behind them. */
static bool
take_process(const char **text, struct process *process)
{
    char *start, *end;

    process->pid = strtol(*text, &start, 10);
    process->start = strtoull(start, &end, 10);
    if (start == *text || end == start)
        return false;
    *text = end;
    return true;
}

static void
read_processes(const char *text, const char *key, struct process_list *list)
{
    char *value = fields_value(text, key);
    const char *next = value;
    struct process process;

    while (take_process(&next, &process))
        process_list_add(list, process);
    free(value);
}

/* All zeroes when there is none. */
static struct process
process_of(const char *text, const char *key)
{
    char *value = fields_value(text, key);
    const char *next = value;
    struct process process;

    if (!take_process(&next, &process))
        process = (struct process){0};
    free(value);
    return process;
}

static char *
processes_text(const struct process_list *list)
{
    char *text = text_copy("");

    for (size_t i = 0; i < list->count; i++)
        text_append(&text, " %d %llu", (int)list->process[i].pid,
            list->process[i].start);
    return text;
}

/* False for a name that this version does not know. */
static bool
read_state(const char *text, enum run_state *state)
{
    char *value = fields_value(text, "state");
    bool found = text == NULL;

    *state = RUN_NONE;
    for (int i = RUN_NONE; i <= RUN_ENDED; i++)
        if (strcmp(state_names[i], value) == 0) {
            *state = i;
            found = true;
        }
    free(value);
    return found;
}

/* A record that was copied says that it is another's. */
static bool
is_of(const char *text, const struct record *record)
{
    char *session = fields_value(text, "session");
    struct record worker;
    bool same;

    runs_worker(record, &worker);
    same = *session == '\0'
        || strcmp(session, record_session(&worker)) == 0;
    record_clear(&worker);
    free(session);
    return same;
}

/* A wrapper may stay in front of it. */
static struct process
likely_main(struct process child)
{
    struct process_list list = {0};
    struct process main = {0};

    if (proc_is_alive(child)) {
        process_list_add(&list, child);
        proc_descendants(child.pid, &list);
        main = mainprocess_find(&list);
        process_list_clear(&list);
    }
    return main.pid != 0 ? main : child;
}

void
record_read_run(const struct record *record, struct run *run)
{
    static const char *const keys[] = {
        "state", "id", "boot", "since", "runner", "mainprocess",
        "socket", "assumed", "asked", "kept", "result", "revision", "phase",
        NULL
    };
    enum run_state state;
    bool broken;
    int unread;
    char *text = record_lines(record, "run", keys, &unread, &broken);

    if (!read_state(text, &state) || !is_of(text, record)) {
        broken = true;
        free(text);
        text = NULL;
    }
    *run = (struct run){
        .unread = unread,
        .broken = broken,
        .state = text ? state : RUN_NONE,
        .id = fields_value(text, "id"),
        .boot = fields_value(text, "boot"),
        .namespace = fields_number(text, "namespace"),
        .begun = fields_number(text, "begun-awake"),
        .since = fields_number(text, "since"),
        .runner = process_of(text, "runner"),
        .child = process_of(text, "child"),
        .main = process_of(text, "mainprocess"),
        .socket = fields_value(text, "socket"),
        .server = process_of(text, "server"),
        .pane = fields_value(text, "pane"),
        .rebooted = fields_number(text, "rebooted"),
        .assumed = fields_number(text, "assumed"),
        .asked = fields_number(text, "asked"),
        .returns = fields_number(text, "returns"),
        .kept = fields_number(text, "kept"),
        .result = fields_number(text, "result"),
        .soft = fields_number(text, "soft"),
        .revision = fields_value(text, "revision"),
        .celery = fields_value(text, "celery"),
        .phase = fields_value(text, "phase"),
    };
    read_processes(text, "left", &run->left);
    free(text);
    /* Nobody is left who would learn which process becomes MainProcess. */
    if (run->main.pid == 0 && run->child.pid != 0
        && proc_is_dead(run->runner))
        run->main = likely_main(run->child);
}

bool
record_write_run(const struct record *record, const struct run *run,
    struct problem *problem)
{
    char *left = processes_text(&run->left), *text;
    struct record worker;
    bool good;

    runs_worker(record, &worker);
    text = text_format("state %s\nid %s\nboot %s\nnamespace %llu\n"
        "begun-awake %lld\nsince %lld\nrunner %d %llu\nchild %d %llu\n"
        "mainprocess %d %llu\n"
        "socket %s\nserver %d %llu\npane %s\nrebooted %d\n"
        "assumed %d\nasked %d\nreturns %d\nkept %d\nresult %d\nsoft %ld\n"
        "revision %s\ncelery %s\nphase %s\nleft%s\nsession %s\n",
        state_names[run->state],
        run->id, run->boot, run->namespace, run->begun, run->since,
        (int)run->runner.pid, run->runner.start, (int)run->child.pid,
        run->child.start,
        (int)run->main.pid, run->main.start, run->socket,
        (int)run->server.pid, run->server.start, run->pane, run->rebooted,
        run->assumed, run->asked, run->returns, run->kept, run->result,
        run->soft, run->revision, run->celery, run->phase, left,
        record_session(&worker));
    good = record_keep(record, "run", text, problem);
    record_clear(&worker);
    free(left);
    free(text);
    return good;
}

void
record_read_desired(const struct record *record, struct desired *desired)
{
    static const char *const keys[] = { "wanted", "by", "saying", NULL };
    bool broken;
    int unread;
    char *text = record_lines(record, "wanted", keys, &unread, &broken);
    char *direction = fields_value(text, "wanted");

    *desired = (struct desired){
        .unread = unread,
        .up = strcmp(direction, "up") == 0,
        .broken = broken || (text != NULL && strcmp(direction, "up") != 0
            && strcmp(direction, "down") != 0),
        .by = fields_value(text, "by"),
        .token = fields_value(text, "saying"),
    };
    free(direction);
    free(text);
}

bool
record_check_read(const struct record *record, const struct desired *desired,
    struct problem *problem)
{
    return desired->unread == 0 || problem_add(problem, STATUS_AGAIN,
        "cannot read %s/wanted, so it is not known whether its worker is to "
        "run: %s; %s", record->directory, strerror(desired->unread),
        problem_way_out(desired->unread, "try again"));
}

bool
record_check_whole(const struct record *record, const struct run *run,
    const struct desired *desired, struct problem *problem)
{
    if (desired->unread || run->unread)
        return true;            /* whoever looks again will say so */
    /* Nothing runs before it was said that it is to. */
    if (desired->broken || (*desired->by == '\0' && *run->id))
        return record_complain(record, "wanted", problem);
    if (run->broken && desired->up) {
        struct record current;

        runs_current(record, &current);
        record_complain(&current, "run", problem);
        record_clear(&current);
        return false;
    }
    return true;
}

bool
record_write_desired(const struct record *record, bool up, const char *by,
    char **token, struct problem *problem)
{
    char *text;
    bool good;

    free(*token);
    *token = random_text(8);
    text = text_format("wanted %s\nby %s\nsaying %s\n", up ? "up" : "down",
        by, *token);
    good = record_keep(record, "wanted", text, problem);
    record_sync(record);
    free(text);
    return good;
}

void
run_clear(struct run *run)
{
    free(run->id);
    free(run->boot);
    free(run->socket);
    free(run->pane);
    free(run->revision);
    free(run->celery);
    free(run->phase);
    process_list_clear(&run->left);
    *run = (struct run){0};
}

void
desired_clear(struct desired *desired)
{
    free(desired->by);
    free(desired->token);
    *desired = (struct desired){0};
}
