/*
 * launch.c - begins a run: record, session, runner, readiness.
 */
#include "lifecycle/launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/mask.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/progress.h"
#include "lifecycle/session.h"
#include "modules.h"
#include "record/history.h"
#include "record/runs.h"
#include "sync/revision.h"
#include "system/spawn.h"
#include "system/sweep.h"
#include "worker/celery.h"
#include "worker/installed.h"

/*
 * Milliseconds: until a runner enters itself, until a session is taken for
 * somebody else's, and between two looks.
 */
enum { REGISTRATION = 10000, FOREIGN = 2000, LOOK = 25 };

/* Lines of a failed worker's screen in the message. */
enum { SCREEN_LINES = 8 };

bool
launch_runner_words(const struct job *job, struct words *words,
    struct problem *problem)
{
    return spawn_self_words(words, "run", job->at.directory, problem);
}

/* The last run may have left a pane to look at, or strays if it crashed. */
static bool
clear_last(struct job *job)
{
    struct sweep strays = { .id = job->run.id };

    if (job->run.state == RUN_NONE
        || (job->run.state == RUN_ENDED && !job->run.kept))
        return true;
    if (job->run.state != RUN_ENDED)
        sweep(&strays, clock_now() + 3000, NULL, NULL);
    return session_close(job);
}

/* What Celery loads: it finds the others beside the first one. */
static bool
write_modules(const struct record *record, struct problem *problem)
{
    return record_write(record, "python/" CELERY_MODULE "_line.py",
            celery_tmux_line_text, problem)
        && record_write(record, "python/" CELERY_MODULE "_watch.py",
            celery_tmux_watch_text, problem)
        && record_write(record, "python/" CELERY_MODULE ".py",
            celery_tmux_text, problem);
}

/*
 * What was killed has been swept: there is another in its place, and nothing
 * more to do about it.
 */
static void
close_record(const struct record *at, struct run *run)
{
    struct problem ignored = {0};

    if (run->state == RUN_NONE || run->state == RUN_ENDED)
        return;
    run->state = RUN_ENDED;
    record_write_run(at, run, &ignored);
    problem_clear(&ignored);
}

/*
 * The next run, by what may be planned already; the last one is given to the
 * caller.
 */
static bool
write_record(struct job *job, const struct account *account, bool beside,
    struct run *before)
{
    struct run run = {
        .state = RUN_STARTING,
        .id = random_text(16),
        .boot = proc_boot(),
        .begun = clock_now(),
        .since = time(NULL),
        .socket = job_new_socket(job),
        .pane = text_copy(""),
        .rebooted = run_is_before_boot(&job->run),
        .revision = revision_read(layer_text(&job->worker->layer,
            SETTING_GIT_SYNC_DIR)),
        .celery = installed_celery(&job->worker->layer),
        .phase = text_copy("session"),
    };
    struct record at = {0};
    bool good;

    good = (run.boot != NULL || problem_add(&job->problem, STATUS_UNAVAILABLE,
            "%s: cannot look at /proc/sys/kernel/random/boot_id: %s; %s",
            job->worker->name, strerror(errno), problem_way_out(errno,
            "mount /proc")))
        && runs_plan(&job->record, job->worker, account->home, &job->problem)
        && runs_planned(&job->record, &at)
        && write_modules(&at, &job->problem)
        && record_write_run(&at, &run, &job->problem)
        && (beside || runs_set_current(&job->record, &at, &job->problem));
    *before = job->run;
    job->run = run;
    if (good && !beside)
        close_record(&job->at, before);
    if (at.directory != NULL) {
        record_clear(&job->at);
        job->at = at;
    }
    free(job->socket);
    job->socket = text_copy(run.socket);
    return good;
}

/* The runner is in its pane when its pid stands in the record. */
static bool
wait_for_runner(struct job *job, int milliseconds)
{
    long long deadline = clock_now() + milliseconds;

    for (;;) {
        run_clear(&job->run);
        record_read_run(&job->at, &job->run);
        if (job->run.runner.pid != 0)
            return true;
        if (clock_left(deadline) == 0)
            return false;
        clock_sleep(2);
    }
}

static bool
make_session(struct job *job, const struct run *before)
{
    struct words program = {0};
    bool unmanaged, good;

    good = launch_runner_words(job, &program, &job->problem)
        && session_enter(job, before, &program, &unmanaged);
    words_clear(&program);
    failpoint("session");
    if (!good)
        return false;
    /* A start that was killed in mid-call may have made it just now. */
    if (wait_for_runner(job, unmanaged ? FOREIGN : REGISTRATION))
        return true;
    if (unmanaged)
        return problem_add(&job->problem, STATUS_UNAVAILABLE, "%s: there is a "
            "session %s that this program did not start; look at it with tmux "
            "-S %s attach -t =%s, and set session to another name",
            job->worker->name, job->worker->session, job->socket,
            job->worker->session);
    return problem_add(&job->problem, STATUS_UNAVAILABLE, "%s: its session "
        "exists, but celery-tmux-launch run does not start in it; look at it "
        "with tmux -S %s attach -t =%s", job->worker->name, job->socket,
        job->worker->session);
}

/*
 * A run that never was: the one before stays in its place, if there is one.
 * But tmux may have failed when it had begun it, and its runner entered.
 */
static void
take_back(struct job *job, bool beside)
{
    struct problem ignored = {0};

    if (wait_for_runner(job, 0))
        return;
    if (beside)
        record_remove(&job->at, "run");
    else {
        job->run.state = RUN_NONE;
        record_write_run(&job->at, &job->run, &ignored);
    }
    problem_clear(&ignored);
}

bool
launch_begin(struct job *job, const struct account *account, bool beside)
{
    struct run before = {0};
    bool good = beside || clear_last(job);

    record_tidy(&job->record);
    failpoint("cleared");
    good = good && write_record(job, account, beside, &before);
    /* It would follow the current run, should that crash. */
    if (!good && beside)
        runs_unplan(&job->record);
    runs_prune(&job->record);
    failpoint("record");
    if (good && !make_session(job, &before)) {
        take_back(job, beside);
        good = false;
    }
    run_clear(&before);
    failpoint("begun");
    return good;
}

bool
launch_ended_by(struct job *job, const char *by)
{
    return problem_add(&job->problem, STATUS_UNAVAILABLE, "%s: did not start: "
        "%s ended it in the meantime", job->worker->name, by);
}

/* The last lines that the worker printed, for a message. */
static void
add_screen(struct job *job, const char *screen)
{
    char *masked = mask_text(screen);
    char *text = tmux_last_lines(masked, SCREEN_LINES);
    struct words lines = {0};

    words_add_parts(&lines, text, "\n");
    for (size_t i = 0; i < lines.count; i++)
        if (lines.word[i][strspn(lines.word[i], " \t")] != '\0')
            problem_add(&job->problem, STATUS_DONE, "    %s", lines.word[i]);
    words_clear(&lines);
    free(text);
    free(masked);
}

/* How a run that never got ready ended, with what it printed last. */
static void
explain_failure(struct job *job)
{
    bool setup = strcmp(job->run.phase, "setup") == 0 && layer_text(
        &job->worker->layer, SETTING_WORKER_SETUP_CMD) != NULL;
    struct history_run last = {0};
    char *how;

    if (!history_read_run(&job->at, &last)) {
        problem_add(&job->problem, STATUS_UNAVAILABLE, "%s: did not start, and "
            "its record does not say why; try again, and see logs",
            job->worker->name);
        return;
    }
    how = setup && job->run.result == 0
        ? text_copy("ended with status 0 before Celery began; remove exit or "
            "exec from it")
        : history_describe(&last);
    problem_add(&job->problem, STATUS_UNAVAILABLE, "%s: did not start: %s "
        "%s%s", job->worker->name, setup ? "worker_setup_cmd" : "it", how,
        *last.screen ? "; it printed last:" : " and printed nothing");
    add_screen(job, last.screen);
    history_clear(&last);
    free(how);
}

/*
 * Say why there is no run any more.  False when there is nothing to say yet:
 * another start or restart ended it and is about to begin the next.
 */
static bool
explain_end(struct job *job)
{
    struct desired desired = {0};
    bool asked = job->run.state == RUN_ENDED && job->run.asked;
    bool begins = job->run.state == RUN_STARTING && job->run.runner.pid == 0;
    /* Of one beside another it may be forgotten that it has ended. */
    bool ended = job->run.state == RUN_ENDED
        || (job->pinned && job->run.state == RUN_NONE);
    bool replaced = !job->pinned && (asked || begins);

    record_read_desired(&job->record, &desired);
    if (!desired.up && *desired.by)
        launch_ended_by(job, desired.by);
    else if (!replaced && ended)
        explain_failure(job);
    else if (!replaced)
        problem_add(&job->problem, STATUS_UNAVAILABLE, "%s: did not start: "
            "its runner was killed; start it again", job->worker->name);
    desired_clear(&desired);
    return job->problem.text != NULL;
}

/* It is there, but not ready: what does its screen show? */
static void
explain_delay(struct job *job)
{
    struct tmux_session session = job_session(job);
    struct problem ignored = {0};
    char *text = NULL;

    problem_add(&job->problem, STATUS_AGAIN, job->run.state == RUN_DRAINING
        ? "%s: was asked to end while it started"
        : "%s: still starting after %ld s; check that it reaches its broker, "
        "or raise start_timeout; it printed last:",
        job->worker->name, layer_number(&job->worker->layer,
        SETTING_START_TIMEOUT));
    if (tmux_capture(&session, SCREEN_LINES, &text, &ignored) && text)
        add_screen(job, text);
    problem_clear(&ignored);
    free(text);
}

void
launch_wait(struct job *job, const char *outcome)
{
    bool ready, over;

    failpoint("wait");
    for (;;) {
        job_refresh(job);
        ready = job->run.state == RUN_RUNNING && job->alive;
        over = ready
            || (!job->alive && !job->unknown && explain_end(job));
        if (over || clock_left(job->deadline) == 0)
            break;
        progress_show(job->worker->name, "waiting until it is ready",
            job->deadline);
        clock_sleep(LOOK);
    }
    progress_clear();
    if (ready)
        job->outcome = outcome;
    else if (!over && job_check_known(job))
        explain_delay(job);
}
