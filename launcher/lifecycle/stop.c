/*
 * stop.c - the ladder down: TERM and patience, QUIT, KILL, and a sweep of
 * whatever is left.
 */
#include "lifecycle/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/text.h"
#include "cli/progress.h"
#include "lifecycle/others.h"
#include "lifecycle/repair.h"
#include "lifecycle/session.h"
#include "lifecycle/strays.h"
#include "record/health.h"
#include "record/runs.h"
#include "system/process.h"
#include "system/pty-guard.h"
#include "system/sweep.h"

/*
 * How long each rung gets, in milliseconds.  After QUIT Celery gives back what
 * it holds (F18), after its soft shutdown where it has one; what it cannot
 * give back, redis holds for an hour.
 */
enum { AFTER_QUIT = 5000, AFTER_KILL = 2000 };

/* Seconds: what a worker may say of its soft shutdown and is believed. */
enum { LONGEST_SOFT = 86400 };

/* The process whose end is the run's: its runner, else MainProcess. */
static struct process
last_of(const struct job *job)
{
    return proc_is_dead(job->run.runner) ? job->run.main : job->run.runner;
}

/* Nobody can tell whom a signal would hit, or whom it would leave. */
static void
cannot_look(struct job *job, int error)
{
    job->unknown = error;
    job_check_known(job);
}

void
stop_keep_terminal(const struct run *run)
{
    if (run_lost_runner(run))
        guard_rescue(run->main);
}

/*
 * A runner that is gone may have written how it ended since the run was read.
 * That is the last word, which nobody may write over.
 */
static bool
stop_has_come(const struct job *job)
{
    struct run now;
    bool ended;

    record_read_run(&job->at, &now);
    ended = now.state == RUN_ENDED;
    run_clear(&now);
    return ended;
}

/* TERM has reached a worker without a runner, which needs no second one. */
static void
note_sent(struct job *job)
{
    struct problem ignored = {0};

    job->run.asked = true;
    record_write_run(&job->at, &job->run, &ignored);
    problem_clear(&ignored);
}

void
stop_ask(struct job *job)
{
    long seconds = layer_number(&job->worker->layer, SETTING_STOP_TIMEOUT);
    struct process asked = job->run.runner;
    int error = strays_note(job);
    bool lost;

    job->deadline = clock_now() + seconds * 1000;
    if (error != 0) {
        cannot_look(job, error);
        return;
    }
    stop_keep_terminal(&job->run);
    if (run_was_told(&job->run))
        return;
    lost = proc_is_dead(asked);
    if (lost) {
        if (stop_has_come(job))
            return;
        /* Without a runner the record remembers that TERM is sent. */
        asked = job->run.main;
        job->run.state = RUN_DRAINING;
        if (!record_write_run(&job->at, &job->run, &job->problem))
            return;
    }
    if (!process_signal(asked, SIGTERM) && errno != ESRCH)
        cannot_look(job, errno);
    /* A runner that somebody has stopped would never hear that. */
    process_signal(asked, SIGCONT);
    if (lost && job->unknown == 0)
        note_sent(job);
}

/* Wait a second at a time, so that a person sees for what. */
static bool
stop_await(struct job *job, struct process process)
{
    bool ended;

    do {
        long long second = clock_now() + 1000;

        ended = process_wait(process, second < job->deadline ? second
            : job->deadline);
        if (!ended && clock_left(job->deadline) > 0) {
            strays_note(job);
            progress_show(job->worker->name, "waiting for running tasks",
                job->deadline);
        }
    } while (!ended && clock_left(job->deadline) > 0);
    progress_clear();
    return ended;
}

/*
 * The run has ended.  A runner has swept, and written down what it could not
 * end; where there was none we do.  The next run may have begun by now: that
 * one is none of ours.
 */
static void
stop_conclude(struct job *job)
{
    struct run now;

    record_read_run(&job->at, &now);
    if (strcmp(now.id, job->run.id) == 0) {
        for (size_t i = 0; i < now.left.count; i++)
            process_list_add_once(&job->left, now.left.process[i]);
        if (now.state != RUN_ENDED)
            strays_sweep(job, job->run.id);
    }
    run_clear(&now);
}

bool
stop_wait(struct job *job)
{
    bool had_runner = !proc_is_dead(job->run.runner);

    if (!stop_await(job, last_of(job)))
        return false;
    /* A runner that was itself killed may have left MainProcess. */
    if (had_runner && !stop_await(job, job->run.main))
        return false;
    stop_conclude(job);
    return true;
}

void
stop_main(struct process main, long long patience, long soft)
{
    soft = soft < 0 ? 0 : soft < LONGEST_SOFT ? soft : LONGEST_SOFT;
    if (patience >= 0 && process_signal(main, SIGTERM))
        process_wait(main, clock_now() + patience);
    if (process_signal(main, SIGQUIT))
        process_wait(main, clock_now() + AFTER_QUIT + soft * 1000LL);
}

bool
stop_force(struct job *job)
{
    struct process runner = job->run.runner, main = job->run.main;
    struct sweep all = {
        .ancestor = runner.pid, .id = job->run.id, .spared = runner.pid
    };
    bool runs = !proc_is_dead(runner);

    strays_note(job);
    stop_main(main, -1, job->run.soft);
    process_signal(main, SIGKILL);
    /* The runner sweeps, records the end and goes by itself. */
    if (runs && !process_wait(runner, clock_now() + AFTER_KILL)) {
        sweep(&all, clock_now() + AFTER_KILL, NULL, NULL);
        if (!process_wait(runner, clock_now() + AFTER_KILL / 2))
            process_signal(runner, SIGKILL);
    }
    stop_conclude(job);
    if (proc_is_dead(main))
        return true;
    process_list_add_once(&job->left, main);
    return strays_check_none(job, STATUS_INTERNAL);
}

bool
stop_session(struct job *job)
{
    char *id = text_copy(job->run.id);
    bool good = job_lock(job);

    if (good && !(job->alive && strcmp(job->run.id, id) != 0))
        good = session_close(job);
    if (job->record.lock > 0)
        record_forget(&job->record);
    job_unlock(job);
    free(id);
    return good;
}

bool
stop_still_draining(struct job *job, const char *way_out)
{
    long seconds = layer_number(&job->worker->layer, SETTING_STOP_TIMEOUT);
    struct health health;
    char *tasks, *trouble;

    health_read(&job->at, &job->run, &health);
    tasks = health_describe_tasks(&health);
    trouble = health_describe(&health);
    if (!health.known || health.busy > 0)
        problem_add(&job->problem, STATUS_AGAIN, "%s: tasks are still running "
            "after %ld s%s%s; it goes on draining; %s", job->worker->name,
            seconds, *tasks ? ": " : "", tasks, way_out);
    else
        problem_add(&job->problem, STATUS_AGAIN, "%s: it has not ended after "
            "%ld s, though no task is running%s%s; it goes on draining; %s",
            job->worker->name, seconds, trouble ? ": " : "",
            trouble ? trouble : "", way_out);
    free(trouble);
    free(tasks);
    health_clear(&health);
    return false;
}

/* What went wrong with another run of the worker is its problem. */
static bool
take_problem(struct job *job, struct job *other)
{
    bool good = other->problem.text == NULL;

    if (!good)
        problem_add(&job->problem, other->problem.status, "%s",
            other->problem.text);
    problem_clear(&other->problem);
    return good;
}

void
stop_begin(struct job *job, const char *by)
{
    bool exists;

    if (!record_exists(&job->record, &exists, &job->problem) || !exists) {
        job_refresh(job);
        return;
    }
    if (!job_lock(job))
        return;
    if (record_write_desired(&job->record, false, by, &job->token,
        &job->problem)) {
        /* One whose record cannot be read is to end as well. */
        repair_others(job, &job->problem);
        runs_unplan(&job->record);
        failpoint("down");
        others_find(job);
        for (size_t i = 0; i < job->others.count; i++) {
            if (job_check_known(&job->others.job[i]))
                stop_ask(&job->others.job[i]);
            take_problem(job, &job->others.job[i]);
        }
        if (job->alive)
            stop_ask(job);
        else
            record_forget(&job->record);
    }
    failpoint("asked");
    job_unlock(job);
}

bool
stop_is_due(const struct job *job)
{
    return job->alive || job->others.count > 0;
}

static bool
stop_run(struct job *run, bool force)
{
    return !run->alive || stop_wait(run) || (force ? stop_force(run)
        : stop_still_draining(run, "wait until status says stopped, or end it "
        "with kill, which cuts tasks off"));
}

/* Their panes close by themselves; what is left of them, the job tells. */
bool
stop_runs(struct job *job, bool force)
{
    bool ended = true;

    for (size_t i = 0; i < job->others.count; i++) {
        struct job *other = &job->others.job[i];
        bool over = stop_run(other, force);

        if (over)
            session_close(other);
        strays_check_none(other, STATUS_INTERNAL);
        ended &= take_problem(job, other) && over;
    }
    return stop_run(job, force) && ended;
}

void
stop_finish(struct job *job, bool force)
{
    if (!stop_is_due(job))
        job->outcome = "not running";
    else if (stop_runs(job, force) && stop_session(job)
        && strays_check_none(job, STATUS_INTERNAL))
        job->outcome = "stopped";
}
