/*
 * strays.c - which processes belong to a run, and which of them are left when
 * it has ended.
 */
#include "lifecycle/strays.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "system/process.h"
#include "system/sweep.h"

/* Milliseconds. */
enum { SWEEP = 3000 };

int
strays_note(struct job *job)
{
    bool watched = proc_is_alive(job->run.runner);
    const struct proc_search search = {
        .roots = &job->known, .main = job->run.main,
        .ancestor = watched ? job->run.runner.pid : 0,
        .since = watched ? job->run.runner.start : 0, .shares = true
    };
    struct process_list known = {0};
    int error = proc_search(&search, &known) ? 0 : errno;

    process_list_clear(&job->known);
    job->known = known;
    return error;
}

void
strays_foresee(struct job *job)
{
    struct sweep all = { .id = job->run.id };

    if (job->alive) {
        process_list_add(&job->known, job->run.runner);
        strays_note(job);
    }
    for (size_t i = 0; i < job->run.left.count; i++)
        process_list_add_once(&job->known, job->run.left.process[i]);
    if (run_is_of_this_boot(&job->run)) {
        sweep_find(&all, &job->known);
        strays_note(job);
    }
}

bool
strays_sweep(struct job *job, const char *id)
{
    struct sweep orphans = {
        .id = id, .known = &job->known, .spared = job->run.runner.pid
    };
    struct process_list hits = {0};
    bool found;

    job->blind = sweep(&orphans, clock_now() + SWEEP, &hits,
        &job->left) ? 0 : errno;
    found = hits.count > 0 || job->left.count > 0;
    process_list_clear(&hits);
    return found;
}

bool
strays_end(struct job *job)
{
    bool crashed = job->run.state != RUN_ENDED;

    if (job->run.state == RUN_NONE || !run_is_of_this_boot(&job->run))
        return false;
    for (size_t i = 0; i < job->run.left.count; i++) {
        process_list_add_once(&job->known, job->run.left.process[i]);
        /* One that /proc hides is not found by a scan. */
        if (proc_life(job->run.left.process[i]) == LIFE_UNKNOWN)
            process_list_add_once(&job->left, job->run.left.process[i]);
    }
    return (crashed || job->known.count > 0)
        && strays_sweep(job, crashed ? job->run.id : NULL);
}

bool
strays_check_none(struct job *job, enum status status)
{
    struct process_list left = {0};
    bool clean = true;
    char *names;

    for (size_t i = 0; i < job->left.count; i++)
        if (!proc_is_dead(job->left.process[i]))
            process_list_add(&left, job->left.process[i]);
    names = process_list_describe(&left);
    if (left.count > 0)
        clean = problem_add(&job->problem, status, "%s: some of its processes "
            "are left: %s; %s", job->worker->name, names,
            sweep_why_left(&left));
    else if (job->blind != 0)
        clean = problem_add(&job->problem, status, "%s: cannot determine "
            "whether all of it has ended: %s; %s", job->worker->name,
            strerror(job->blind), problem_way_out(job->blind, "check that "
            "/proc is mounted"));
    free(names);
    process_list_clear(&left);
    return clean;
}
