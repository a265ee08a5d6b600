/*
 * plan.c - the run that follows one which goes on draining: a directory with
 * settings that nobody runs with yet.
 */
#include "record/runs.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "system/spawn.h"
#include "worker/celery.h"

/* Seconds that another call may hold the lock. */
enum { BUSY = 60 };

/*
 * Is it still to be?  One that is damaged may have been planned, and one that
 * has no runner was about to be begun, and never got to be current: the
 * settings before it are not to come back.
 */
static bool
is_to_be(const struct run *what)
{
    return what->state == RUN_PLANNED || what->broken
        || (what->state == RUN_STARTING && what->runner.pid == 0);
}

/*
 * It came after the current one: of a plan that was taken away, a loss of power
 * may bring back what the next start had replaced.  `*unused` tells that nobody
 * can be running there.
 */
static bool
find_planned(const struct record *worker, struct record *run, bool *unused)
{
    struct words directories = {0};
    struct record current;

    *run = (struct record){0};
    runs_current(worker, &current);
    runs_list(worker, &directories);
    for (size_t i = 0; i < directories.count && run->directory == NULL; i++) {
        const struct record at = { .directory = directories.word[i] };
        struct run what;

        record_read_run(&at, &what);
        /* The modules come after the plan and before the run. */
        *unused = what.state == RUN_PLANNED || (what.broken
            && !record_has(&at, "python/" CELERY_MODULE ".py"));
        if (strcmp(at.directory, current.directory) > 0 && is_to_be(&what))
            run->directory = text_copy(at.directory);
        run_clear(&what);
    }
    words_clear(&directories);
    record_clear(&current);
    return run->directory != NULL;
}

bool
runs_planned(const struct record *worker, struct record *run)
{
    bool unused;

    return find_planned(worker, run, &unused);
}

bool
runs_is_planned(const struct record *worker)
{
    struct record run;
    bool planned = runs_planned(worker, &run);

    record_clear(&run);
    return planned;
}

void
runs_next(const struct record *worker, struct record *run)
{
    if (!runs_planned(worker, run))
        runs_current(worker, run);
}

static bool
write_plan(const struct record *run, const char *text, const char *home,
    bool returns, struct problem *problem)
{
    static char none[] = "";
    const struct run planned = {
        .state = RUN_PLANNED, .returns = returns, .id = none, .boot = none,
        .socket = none, .pane = none, .revision = none, .celery = none,
        .phase = none,
    };
    bool good = record_keep(run, "home", home, problem)
        && record_keep(run, "worker", text, problem)
        && record_write_run(run, &planned, problem);

    record_sync(run);
    return good;
}

static bool
plan(const struct record *record, const struct worker *worker,
    const char *home, bool returns, struct problem *problem)
{
    struct record run;
    bool unused = true, planned = find_planned(record, &run, &unused), good;
    char *text = worker_to_text(worker);

    if (!unused)
        record_clear(&run);
    good = ((planned && unused) || runs_make(record, &run, problem))
        && (worker->origin == NULL
            || record_keep(record, "origin", worker->origin, problem))
        && write_plan(&run, text, home, returns, problem)
        /* Where a runner of an earlier version looks whether any follows. */
        && (!record_has(record, "run")
            || record_keep(record, "next", "", problem));
    free(text);
    record_clear(&run);
    return good;
}

bool
runs_plan(const struct record *record, const struct worker *worker,
    const char *home, struct problem *problem)
{
    return plan(record, worker, home, false, problem);
}

bool
runs_plan_return(const struct record *record, const struct worker *worker,
    const char *home, struct problem *problem)
{
    return plan(record, worker, home, true, problem);
}

bool
runs_is_return(const struct record *worker)
{
    struct run what = {0};
    struct record run;
    bool returns;

    if (runs_planned(worker, &run))
        record_read_run(&run, &what);
    returns = what.state == RUN_PLANNED && what.returns;
    record_clear(&run);
    run_clear(&what);
    return returns;
}

void
runs_take_over_plan(const struct record *worker)
{
    struct record own = { .directory = worker->directory }, run = {0};
    char *text = record_read(worker, "next");
    char *home = record_read(worker, "home");
    struct problem ignored = {0};

    if (text != NULL && *text && home != NULL
        && record_lock(&own, BUSY, &ignored)
        && record_has(worker, "next") && !runs_is_planned(worker)
        && runs_make(worker, &run, &ignored))
        write_plan(&run, text, home, false, &ignored);
    record_unlock(&own);
    record_clear(&run);
    problem_clear(&ignored);
    free(home);
    free(text);
}

void
runs_unplan(const struct record *worker)
{
    struct record run;

    record_remove(worker, "next");
    if (runs_planned(worker, &run)) {
        /* From here on it is one that never was (runs_prune). */
        record_remove(&run, "run");
        record_remove(&run, "worker");
        record_remove(&run, "home");
        record_sync(&run);
    }
    record_clear(&run);
}

bool
runs_call_successor(const struct record *worker, int output,
    struct problem *problem)
{
    struct spawn_setup setup = {
        .output = output, .error = output,
        .silent_input = true, .new_session = true
    };
    struct words words = {0};
    pid_t pid;
    bool good = spawn_self_words(&words, "succeed", worker->directory,
            problem)
        && spawn_start(&words, &setup, &pid, problem);

    words_clear(&words);
    return good;
}
