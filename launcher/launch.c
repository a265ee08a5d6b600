/*
 * launch.c - begins a run: record, session, runner, readiness.
 */
#include "launch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "celery.h"
#include "clock.h"
#include "mask.h"
#include "module.h"
#include "notify.h"
#include "process.h"
#include "step.h"
#include "sweep.h"
#include "text.h"

/*
 * Milliseconds: until a runner enters itself, until a session is taken for
 * somebody else's, between two looks, and until tmux sees a pane end.
 */
enum { REGISTRATION = 10000, FOREIGN = 2000, LOOK = 25, PANE_END = 1000 };

/* Lines of a failed worker's screen in the message. */
enum { SCREEN_LINES = 8 };

bool
launch_runner_words(const struct job *job, struct words *words,
    struct problem *problem)
{
    char *self = process_self(problem);

    if (self == NULL)
        return false;
    words_add(words, self);
    words_add(words, "run");
    words_add(words, job->record.directory);
    free(self);
    return true;
}

/* What the last run left: a pane to look at, or strays when it crashed. */
static bool
clear_last(struct job *job)
{
    struct tmux_session session = job_session(job);
    struct tree left = {0};

    if (job->run.state == RUN_NONE
        || (job->run.state == RUN_ENDED && !job->run.kept))
        return true;
    if (job->run.state != RUN_ENDED)
        sweep(0, job->run.id, 0, clock_now() + 3000, NULL, &left);
    tree_clear(&left);
    return tmux_kill_session(&session, &job->problem);
}

static bool
write_record(struct job *job, const struct account *account)
{
    char *text = worker_to_text(job->worker);
    struct run run = {
        .state = RUN_STARTING,
        .id = notify_random(16),
        .boot = tree_boot(),
        .begun = clock_now(),
        .since = time(NULL),
        .socket = job_new_socket(job),
        .phase = text_copy("session"),
    };
    bool good;

    good = record_write(&job->record, "worker", text, &job->problem)
        && record_write(&job->record, "home", account->home, &job->problem)
        && record_write(&job->record, "python/" CELERY_MODULE ".py",
            module_text, &job->problem)
        && record_write_run(&job->record, &run, &job->problem);
    free(text);
    run_clear(&job->run);
    job->run = run;
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
        record_read_run(&job->record, &job->run);
        if (job->run.runner.pid != 0)
            return true;
        if (clock_left(deadline) == 0)
            return false;
        clock_sleep(2);
    }
}

/*
 * `leftover` says that a run of ours ended in this session: should tmux not
 * have noticed, the session is ended for good.  (It may lose SIGCHLD while
 * libutempter waits for a helper, and the pane then stays; F12.)
 */
static bool
make_session(struct job *job, bool leftover)
{
    const char *history = layer_text(&job->worker->layer,
        SETTING_TMUX_HISTORY_LIMIT);
    struct tmux_session session = job_session(job);
    struct words program = {0};
    bool exists, good;

    good = launch_runner_words(job, &program, &job->problem)
        && tmux_new_session(&session, history, &program, &exists,
            &job->problem);
    if (good && exists && leftover)
        good = tmux_kill_session(&session, &job->problem)
            && tmux_new_session(&session, history, &program, &exists,
                &job->problem);
    words_clear(&program);
    step("session");
    if (!good)
        return false;
    /* A start that was killed in mid-call may have made it just now. */
    if (wait_for_runner(job, exists ? FOREIGN : REGISTRATION))
        return true;
    if (exists)
        return problem_set(&job->problem, STATUS_UNAVAILABLE, "%s: there is "
            "a session %s that this program did not start; end it with "
            "celery-tmux-launch kill --queue '%s', or set session",
            job->worker->name, job->worker->session, job->worker->queue);
    return problem_set(&job->problem, STATUS_UNAVAILABLE, "%s: the session "
        "was made, but celery-tmux-launch run does not start in it; look at "
        "it with tmux -S %s attach -t =%s", job->worker->name, job->socket,
        job->worker->session);
}

bool
launch_begin(struct job *job, const struct account *account)
{
    bool good, leftover = job->run.state == RUN_ENDED;

    good = clear_last(job);
    step("cleared");
    good = good && write_record(job, account);
    step("record");
    if (good && !make_session(job, leftover)) {
        struct problem ignored = {0};

        job->run.state = RUN_NONE;
        record_write_run(&job->record, &job->run, &ignored);
        problem_clear(&ignored);
        good = false;
    }
    step("begun");
    return good;
}

/* tmux has read all that a run printed when it has seen the pane's end. */
static void
wait_for_pane(const struct tmux_session *session, struct problem *problem)
{
    long long deadline = clock_now() + PANE_END;
    bool exists = true;
    pid_t pane = 1;

    while (tmux_look(session, &exists, &pane, problem) && exists && pane != 0
        && clock_left(deadline) > 0)
        clock_sleep(10);
}

/* The last lines on the worker's own screen, for a message. */
static void
add_screen(struct job *job)
{
    struct tmux_session session = job_session(job);
    struct problem ignored = {0};
    struct words lines = {0};
    char *text = NULL;
    size_t first;

    if (job->run.kept)
        wait_for_pane(&session, &ignored);
    if (tmux_capture(&session, SCREEN_LINES + 4, &text, &ignored)
        && text != NULL) {
        char *masked = mask_text(text);

        words_add_parts(&lines, masked, "\n");
        free(masked);
    }
    first = lines.count > SCREEN_LINES ? lines.count - SCREEN_LINES : 0;
    for (size_t i = first; i < lines.count; i++)
        if (lines.word[i][strspn(lines.word[i], " \t")] != '\0')
            problem_set(&job->problem, STATUS_DONE, "    %s", lines.word[i]);
    words_clear(&lines);
    problem_clear(&ignored);
    free(text);
}

/* What had ended, for a sentence: "celery ended with status 2". */
static char *
how_it_ended(const struct run *run)
{
    const char *what = strcmp(run->phase, "setup") == 0
        ? "worker_setup_cmd ended" : "it ended";

    if (run->result > 128)
        return text_format("%s by signal %d (%s)", what, run->result - 128,
            strsignal(run->result - 128));
    return text_format("%s with status %d", what, run->result);
}

/*
 * Say why there is no run any more.  False when there is nothing to say yet:
 * another start or restart ended it and is about to begin the next.
 */
static bool
explain_end(struct job *job)
{
    struct wanted wanted = {0};
    bool replaced = (job->run.state == RUN_ENDED && job->run.asked)
        || (job->run.state == RUN_STARTING && job->run.runner.pid == 0);
    char *how = how_it_ended(&job->run);

    record_read_wanted(&job->record, &wanted);
    if (!wanted.up && *wanted.by)
        problem_set(&job->problem, STATUS_UNAVAILABLE, "%s: did not start: "
            "%s ended it meanwhile", job->worker->name, wanted.by);
    else if (!replaced && job->run.state == RUN_ENDED) {
        problem_set(&job->problem, STATUS_UNAVAILABLE, "%s: did not start: "
            "%s; its screen says:", job->worker->name, how);
        add_screen(job);
    } else if (!replaced)
        problem_set(&job->problem, STATUS_UNAVAILABLE, "%s: did not start: "
            "its runner was killed from outside; start it again",
            job->worker->name);
    wanted_clear(&wanted);
    free(how);
    return job->problem.text != NULL;
}

void
launch_wait(struct job *job, const char *outcome)
{
    long seconds = layer_number(&job->worker->layer, SETTING_START_TIMEOUT);
    long long deadline = clock_now() + seconds * 1000;

    step("wait");
    for (;;) {
        job_look(job);
        if (job->run.state == RUN_RUNNING && job->alive) {
            job->outcome = outcome;
            return;
        }
        if (!job->alive && explain_end(job))
            return;
        if (clock_left(deadline) == 0)
            break;
        clock_sleep(LOOK);
    }
    problem_set(&job->problem, STATUS_AGAIN, job->run.state == RUN_DRAINING
        ? "%s: was asked to end while it started"
        : "%s: is still starting after %ld s; see if it reaches its broker, "
        "or set start_timeout higher; its screen says:", job->worker->name,
        seconds);
    add_screen(job);
}
