/*
 * ending.c - the ladder down: TERM and patience, QUIT, KILL, and a sweep of
 * whatever is left.
 */
#include "ending.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "process.h"
#include "progress.h"
#include "step.h"
#include "sweep.h"
#include "text.h"

/* How long each rung gets, in milliseconds. */
enum { AFTER_QUIT = 1500, AFTER_KILL = 2000, SESSION_SWEEP = 3000 };

/* Who must end for the run to have ended: its runner, else MainProcess. */
static struct process
last_of(const struct job *job)
{
    return tree_is_alive(job->run.runner) ? job->run.runner : job->run.main;
}

void
ending_ask(struct job *job)
{
    long seconds = layer_number(&job->worker->layer, SETTING_STOP_TIMEOUT);

    job->deadline = clock_now() + seconds * 1000;
    if (job->run.state == RUN_DRAINING)
        return;
    if (tree_is_alive(job->run.runner)) {
        process_signal(job->run.runner, SIGTERM);
        return;
    }
    /* Without a runner the record remembers that TERM was sent. */
    job->run.state = RUN_DRAINING;
    if (record_write_run(&job->record, &job->run, &job->problem))
        process_signal(job->run.main, SIGTERM);
}

/* MainProcess ended without a runner to clean up after it. */
static bool
sweep_orphans(struct job *job)
{
    struct tree hits = {0}, left = {0};
    bool clean = sweep(0, job->run.id, job->run.runner.pid, clock_now()
        + SESSION_SWEEP, &hits, &left);
    char *names = NULL;

    for (size_t i = 0; i < left.count; i++) {
        char *name = tree_describe(left.process[i]);

        text_append(&names, "%s%s", i ? ", " : "", name);
        free(name);
    }
    if (!clean)
        problem_set(&job->problem, STATUS_INTERNAL, "%s: processes survive "
            "KILL: %s; they wait for a device or file system that does not "
            "answer", job->worker->name, names);
    free(names);
    tree_clear(&hits);
    tree_clear(&left);
    return clean;
}

/* Wait a second at a time, so that a person sees for what. */
static bool
wait_for(const struct job *job, struct process process)
{
    bool ended;

    do {
        long long second = clock_now() + 1000;

        ended = process_wait(process, second < job->deadline ? second
            : job->deadline);
        if (!ended)
            progress_show(job->worker->name, "waiting for running tasks",
                job->deadline);
    } while (!ended && clock_left(job->deadline) > 0);
    progress_clear();
    return ended;
}

bool
ending_wait(struct job *job)
{
    bool had_runner = tree_is_alive(job->run.runner);
    struct run now;

    if (!wait_for(job, last_of(job)))
        return false;
    /* A runner that was itself killed may have left MainProcess. */
    if (had_runner && tree_is_alive(job->run.main)
        && !wait_for(job, job->run.main))
        return false;
    /* The next run may have begun by now; that one is none of ours. */
    record_read_run(&job->record, &now);
    if (now.state != RUN_ENDED && strcmp(now.id, job->run.id) == 0)
        sweep_orphans(job);
    run_clear(&now);
    return true;
}

bool
ending_force(struct job *job)
{
    struct process runner = job->run.runner, main = job->run.main;
    struct tree hits = {0}, left = {0};
    bool runs = tree_is_alive(runner);

    if (process_signal(main, SIGQUIT))
        process_wait(main, clock_now() + AFTER_QUIT);
    process_signal(main, SIGKILL);
    if (runs) {
        /* The runner sweeps, records the end and goes by itself. */
        if (!process_wait(runner, clock_now() + AFTER_KILL)) {
            sweep(runner.pid, job->run.id, runner.pid, clock_now()
                + AFTER_KILL, &hits, &left);
            tree_clear(&hits);
            tree_clear(&left);
            if (!process_wait(runner, clock_now() + AFTER_KILL / 2))
                process_signal(runner, SIGKILL);
        }
    }
    return sweep_orphans(job);
}

bool
ending_session(struct job *job)
{
    char *id = text_copy(job->run.id);
    struct tmux_session session;
    bool good = job_lock(job);

    if (good && !(job->alive && strcmp(job->run.id, id) != 0)) {
        session = job_session(job);
        good = tmux_kill_session(&session, &job->problem);
    }
    job_unlock(job);
    free(id);
    return good;
}

bool
ending_still_draining(struct job *job, const char *way_out)
{
    return problem_set(&job->problem, STATUS_AGAIN, "%s: tasks still run "
        "after %ld s, and it goes on draining; %s", job->worker->name,
        layer_number(&job->worker->layer, SETTING_STOP_TIMEOUT), way_out);
}

void
ending_begin(struct job *job, const char *by)
{
    bool exists;

    if (!record_exists(&job->record, &exists, &job->problem) || !exists) {
        job_look(job);
        return;
    }
    if (!job_lock(job))
        return;
    if (record_write_wanted(&job->record, false, by, &job->saying,
        &job->problem)) {
        record_remove(&job->record, "next");
        step("down");
        if (job->alive)
            ending_ask(job);
    }
    step("asked");
    job_unlock(job);
}

void
ending_finish(struct job *job, bool force)
{
    if (!job->alive) {
        job->outcome = "not running";
        return;
    }
    if (ending_wait(job) || (force && ending_force(job))) {
        if (ending_session(job))
            job->outcome = "stopped";
    } else if (!force)
        ending_still_draining(job, "wait until status says that it stopped, "
            "or end it with kill");
}
