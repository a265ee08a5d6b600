/*
 * logs.c - what a worker printed last, from its session's history, or more,
 * where its record keeps that.
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/plain.h"
#include "base/text.h"
#include "commands/kept-log.h"
#include "lifecycle/job.h"
#include "lifecycle/others.h"
#include "record/history.h"

enum { STANDARD_LINES = 50, MOST_LINES = 100000000 };

static bool
read_count(const char *text, long *lines, struct problem *problem)
{
    *lines = STANDARD_LINES;
    if (text == NULL || (text_to_long(text, lines) && *lines >= 1
        && *lines <= MOST_LINES))
        return true;
    return problem_add(problem, STATUS_USAGE, "-n is \"%s\"; write a number "
        "of lines from 1 to %d", text, MOST_LINES);
}

/* The last lines of the run before the present one; false: there was none. */
static bool
print_last_screen(const struct job *job, long lines, bool heading)
{
    struct history_run last;
    char *text;

    if (!history_read(&job->record, 1, &last))
        return false;
    if (heading)
        fprintf(plain_out, "==> %s <==\n", job->worker->name);
    text = tmux_last_lines(last.screen, lines);
    fputs(text, plain_out);
    free(text);
    history_clear(&last);
    return true;
}

static enum status
not_seen(struct job *job, struct problem *problem)
{
    return job_tell_unseen(job, "use logs --last-run, or start it", problem);
}

/* Both streams may go to one terminal: worker after worker. */
static enum status
say_now(struct problem *problem)
{
    enum status status = problem->status;

    fflush(plain_out);
    problem_print(problem);
    problem_clear(problem);
    return status;
}

/* One that does not run may have left more than its last screen. */
static void
print_kept(struct job *job, long lines, bool heading,
    struct problem *problem)
{
    char *text = kept_last(job, lines);

    if (text == NULL) {
        not_seen(job, problem);
        return;
    }
    if (heading)
        fprintf(plain_out, "==> %s <==\n", job->worker->name);
    fputs(text, plain_out);
    free(text);
    if (!job->alive)
        job_tell_unseen(job, "these lines are the last that it kept", problem);
}

/* One worker's lines. */
static void
print_screen(struct job *job, long lines, bool heading,
    struct problem *problem)
{
    struct tmux_session session = job_session(job);
    char *text = NULL;

    if (job_has_screen(job)
        && !tmux_capture(&session, lines, &text, problem))
        return;
    if (text == NULL) {
        print_kept(job, lines, heading, problem);
        return;
    }
    if (heading)
        fprintf(plain_out, "==> %s <==\n", job->worker->name);
    fputs(text, plain_out);
    free(text);
}

static enum status
follow(const struct context *context, const struct jobs *jobs, long lines,
    struct problem *problem)
{
    struct tmux_session session;
    bool exists = false;

    if (jobs->count != 1) {
        context_refuse_many(context, "-f follows one worker", problem);
        return STATUS_USAGE;
    }
    session = job_session(&jobs->job[0]);
    if (job_has_screen(&jobs->job[0])
        && !tmux_follow(&session, lines, context->options.beats, &exists,
            problem))
        return problem->status;
    return exists ? STATUS_DONE : not_seen(&jobs->job[0], problem);
}

static enum status
logs(struct context *context, struct problem *problem)
{
    enum status worst = STATUS_DONE;
    struct jobs jobs;
    long lines;

    if (!read_count(context->options.lines, &lines, problem))
        return STATUS_USAGE;
    if (context->options.timeout && !context->options.until) {
        problem_add(problem, STATUS_USAGE, "--timeout is for --until; leave "
            "it out");
        return STATUS_USAGE;
    }
    jobs_make(&jobs, context);
    for (size_t i = 0; i < jobs.count; i++) {
        job_refresh(&jobs.job[i]);
        if (context->options.draining
            && !others_choose_draining(&jobs.job[i], problem)) {
            jobs_clear(&jobs);
            return problem->status;
        }
    }
    if (kept_is_asked_for(&context->options))
        worst = kept_show(&jobs, context, problem);
    else if (context->options.follow)
        worst = follow(context, &jobs, lines, problem);
    else
        for (size_t i = 0; i < jobs.count; i++) {
            struct problem own = {0};

            if (!context->options.last_run)
                print_screen(&jobs.job[i], lines, jobs.count > 1, &own);
            else if (!print_last_screen(&jobs.job[i], lines, jobs.count > 1))
                problem_add(&own, STATUS_STOPPED, "%s has no earlier run; "
                    "leave --last-run out",
                    jobs.job[i].worker->name);
            worst = status_worse(worst, say_now(&own));
        }
    jobs_clear(&jobs);
    return worst;
}

const struct command command_logs = {
    .name = "logs", .usage = "[WORKER]...",
    .help = "Show what the workers printed last.",
    .needs = NEEDS_WORKERS | FINDS_QUEUES,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_LINES
        | ACCEPT_FOLLOW | ACCEPT_LAST_RUN | ACCEPT_SINCE | ACCEPT_UNTIL
        | ACCEPT_TIMEOUT | ACCEPT_GREP | ACCEPT_DRAINING,
    .run = logs,
};
