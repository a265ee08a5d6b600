/*
 * renew.c - the lock is held while something changes and not while tasks
 * drain or a worker gets ready, so that a kill never waits.  Whoever finds,
 * with the lock in hand, that a run was begun after its own call began, joins
 * that run: of twenty calls at once one starts the worker.
 */
#include "renew.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "drift.h"
#include "ending.h"
#include "envfile.h"
#include "launch.h"
#include "root.h"
#include "session.h"
#include "step.h"

static bool
is_joined(const struct job *job, const struct call *call)
{
    return run_is_since(&job->run, call->began);
}

/*
 * Leave what is to follow in the record and ask the run to end.  Should that
 * take longer than we wait, its runner begins the next by itself.
 */
static void
replace(struct job *job, const struct call *call)
{
    char *next = worker_to_text(job->worker);

    if (record_keep(&job->record, "home", call->account.home, &job->problem)
        && record_keep(&job->record, "next", next, &job->problem)
        && record_write_wanted(&job->record, true, call->command->name,
            &job->saying, &job->problem)) {
        step("next");
        ending_ask(job);
        job->restarted = true;
    }
    free(next);
}

/* Can what the runner is going to read be read?  What it says is nothing. */
static bool
env_file_is_good(struct job *job)
{
    struct words variables = {0};
    char *path = NULL;
    bool good = envfile_read_for(&job->worker->layer, &path, &variables,
        &job->problem);

    words_clear(&variables);
    free(path);
    return good;
}

/*
 * What root has to do, and what is known to fail, comes before anything is
 * touched, and without the lock: it may take long.
 */
static bool
prepare(struct job *job, const struct call *call, bool always)
{
    const struct layer *layer = &job->worker->layer;
    bool begins;

    if (layer_text(layer, SETTING_REMOUNT_DIR) == NULL
        && layer_text(layer, SETTING_ROOT_SETUP_CMD) == NULL
        && layer_text(layer, SETTING_ENV_FILE) == NULL)
        return true;
    job_look(job);
    if (!job_is_known(job))
        return false;
    begins = !job->alive || always || job->run.state == RUN_DRAINING;
    if (!begins || is_joined(job, call))
        return true;
    return (!layer_is_on(layer, SETTING_KILL_EXISTING)
            || root_remount(job->worker, &job->problem))
        && root_setup(job->worker, &job->problem)
        && env_file_is_good(job);
}

void
renew_ask(struct job *job, const struct call *call, bool always)
{
    if (!prepare(job, call, always) || !job_lock(job))
        return;
    if (job->alive && !is_joined(job, call)) {
        if (always || job->run.state == RUN_DRAINING) {
            if (session_check(job))
                replace(job, call);
        }
        else if (job->run.state == RUN_RUNNING)
            job->outcome = "already running";
    }
    step("asked");
    job_unlock(job);
}

/* Did somebody say something else since we asked the last run to end? */
static bool
is_overruled(struct job *job)
{
    struct wanted wanted = {0};
    bool overruled;

    if (job->saying == NULL)
        return false;
    record_read_wanted(&job->record, &wanted);
    overruled = strcmp(wanted.saying, job->saying) != 0 && !wanted.up;
    if (overruled)
        problem_set(&job->problem, STATUS_UNAVAILABLE, "%s: did not start: "
            "%s ended it meanwhile", job->worker->name, wanted.by);
    wanted_clear(&wanted);
    return overruled;
}

static void
begin(struct job *job, const struct call *call)
{
    if (job->restarted && !ending_wait(job)) {
        if (!call->options.force)
            ending_still_draining(job, run_lost_runner(&job->run)
                ? "tend starts the next one then, as its runner was killed; "
                "kill ends both"
                : "the next one starts by itself then; status tells, and "
                "kill ends both");
        if (!call->options.force || !ending_force(job))
            return;
    }
    if (!job_lock(job))
        return;
    step("locked");
    if (!is_overruled(job) && !is_joined(job, call) && !job->alive) {
        if (record_write_wanted(&job->record, true, call->command->name,
            &job->saying, &job->problem))
            launch_begin(job, &call->account);
    }
    job_unlock(job);
    /* All get ready at the same time, so none waits for another's turn. */
    job->deadline = clock_now() + 1000 * layer_number(&job->worker->layer,
        SETTING_START_TIMEOUT);
}

/*
 * The run that we joined may have been begun with other settings: by another
 * head, say.  Ours are not in force then, and who asked for them is told.
 * (That somebody has committed meanwhile is another matter.)
 */
static void
compare_settings(struct job *job, const struct call *call)
{
    struct drift drift = {0};

    drift_find(job, &call->node, &drift);
    if (drift.keys.count > words_contain(&drift.keys, "revision")) {
        job->outcome = NULL;
        problem_set(&job->problem, STATUS_AGAIN, "%s: runs, but another call "
            "restarted it at the same time, with other settings; apply "
            "brings these", job->worker->name);
    }
    drift_clear(&drift);
}

void
renew_finish(struct jobs *jobs, const struct call *call)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (job_is_open(&jobs->job[i]))
            begin(&jobs->job[i], call);
    for (size_t i = 0; i < jobs->count; i++) {
        struct job *job = &jobs->job[i];
        const char *outcome = job->restarted ? "restarted" : "started";

        if (job_is_open(job) && call->options.no_wait)
            job->outcome = outcome;
        else if (job_is_open(job)) {
            launch_wait(job, outcome);
            if (job->outcome != NULL)
                compare_settings(job, call);
            /* The worker runs, so that what the last run left is but told. */
            ending_is_clean(job, STATUS_DONE);
        }
    }
}
