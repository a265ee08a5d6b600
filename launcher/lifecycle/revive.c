/*
 * revive.c - is another run of use, is it time, and are there not too many?
 */
#include "lifecycle/revive.h"

#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "base/text.h"
#include "lifecycle/launch.h"
#include "record/backoff.h"
#include "record/history.h"
#include "record/runs.h"
#include "sync/privileged.h"
#include "sync/revision.h"

char *
revive_describe(const struct job *job)
{
    struct history_run last;
    char *text;

    if (job->run.state == RUN_NONE)
        text = text_copy("it was never started");
    else if (!run_is_of_this_boot(&job->run))
        text = text_copy("the machine was rebooted");
    else if (job->run.state == RUN_ENDED
        && history_read(&job->record, 1, &last)) {
        char *how = history_describe(&last);

        text = text_format("it %s", how);
        free(how);
        history_clear(&last);
    } else
        text = text_copy("its runner was killed");
    return text;
}

/*
 * Celery ends with 2 for a wrong option and for an app that cannot be
 * imported (F11): nothing but another worker or other code can help.
 */
static bool
is_hopeless(const struct job *job)
{
    char *now = revision_read(layer_text(&job->worker->layer,
        SETTING_GIT_SYNC_DIR));
    bool same = strcmp(now, job->run.revision) == 0
        && !runs_is_planned(&job->record);

    free(now);
    return same && job->run.state == RUN_ENDED && job->run.result == 2
        && strcmp(job->run.phase, "celery") == 0;
}

/*
 * Did the run end by itself, or with its tmux server?  What a boot or the end
 * of its runner did to it says nothing about it, and begins no series.
 */
static bool
is_own_end(const struct run *run)
{
    return run_is_of_this_boot(run) && (!run->asked || run->returns)
        && (run->state == RUN_ENDED || run->state == RUN_NONE);
}

/* One attempt to bring a worker back. */
struct revival {
    bool own;                   /* its run ended by itself */
    bool hopeless;              /* another would end the same way */
    bool allowed;               /* there were not too many */
    struct backoff backoff;
};

static void
revival_consider(const struct job *job, struct revival *revival)
{
    long limit = layer_number(&job->worker->layer, SETTING_AUTORESTART_LIMIT);

    *revival = (struct revival){ .own = is_own_end(&job->run) };
    revival->hopeless = revival->own && is_hopeless(job);
    revival->allowed = !revival->own
        || backoff_allows(&job->record, &job->run, limit);
    if (revival->own)
        backoff_read(&job->record, &job->run, &revival->backoff);
    /* A tmux server that died is no failure of the worker's, and news. */
    if (revival->own && revival->allowed && job->run.asked) {
        revival->backoff.next = 0;
        revival->backoff.told = false;
    }
}

/* Begin the next run, and note that. */
static void
begin(struct job *job, const struct account *account, bool privileged,
    struct revival *revival)
{
    if ((!privileged || privileged_setup(job->worker, &job->problem))
        && launch_begin(job, account, false))
        job->outcome = "started";
    else
        job->outcome = NULL;
    failpoint("revived");
    /* Should one that came with a boot then end by itself, that is news. */
    if (revival->own || job->outcome == NULL)
        backoff_write(&job->record, &revival->backoff, &job->run,
            BACKOFF_BEGAN, &job->problem);
}

/* Leave the worker as it is, and note why. */
static void
leave(struct job *job, const char *outcome, enum backoff_step step,
    struct revival *revival)
{
    job->outcome = outcome;
    failpoint("revived");
    backoff_write(&job->record, &revival->backoff, &job->run, step,
        &job->problem);
}

/* A series is told once. */
void
revive_for_tend(struct job *job, const struct account *account)
{
    struct revival revival;
    struct backoff *backoff = &revival.backoff;
    bool told, idle;

    revival_consider(job, &revival);
    idle = !revival.allowed ? backoff->limited && backoff->told
        : !backoff_is_due(backoff) || (backoff->gave_up && revival.hopeless);
    if (!idle) {
        told = backoff->told;
        backoff->told = true;
        job->detail = revive_describe(job);
        failpoint("dead");
        if (!revival.allowed)
            leave(job, "not started again for now, as its restart limit is "
                "reached; see logs --last-run", BACKOFF_LIMITED, &revival);
        else if (revival.hopeless)
            leave(job, "not started again until you change it",
                BACKOFF_GAVE_UP, &revival);
        else
            begin(job, account, true, &revival);
        if (told) {
            problem_clear(&job->problem);
            job->outcome = "";
        }
    }
    backoff_clear(backoff);
}

/*
 * root_setup_cmd has run before the last run, and the runner cannot do what
 * needs root.
 */
void
revive_at_once(struct job *job, const struct account *account)
{
    struct revival revival;

    revival_consider(job, &revival);
    if (!revival.allowed)
        leave(job, "", BACKOFF_LIMITED, &revival);
    else if (!revival.hopeless)
        begin(job, account, false, &revival);
    backoff_clear(&revival.backoff);
}

void
revive_foresee(struct job *job)
{
    struct revival revival;

    revival_consider(job, &revival);
    job->detail = revive_describe(job);
    job->outcome = run_lost_runner(&job->run) ? "would be restarted"
        : revival.hopeless ? "would not be started again until you change it"
        : revival.allowed && backoff_is_due(&revival.backoff)
        ? "would be started" : "would be started later";
    backoff_clear(&revival.backoff);
}
