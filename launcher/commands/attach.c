/*
 * attach.c - open a worker's session.
 */
#include "cli/command.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "lifecycle/job.h"
#include "lifecycle/others.h"

static enum status
attach(struct context *context, struct problem *problem)
{
    struct tmux_session session;
    struct tmux_view view = {0};
    struct jobs jobs;

    /* That there is none was said already. */
    if (context->workers.count > 1) {
        char *why = text_format("attach opens one session, and there are %zu "
            "workers", context->workers.count);

        context_refuse_many(context, why, problem);
        free(why);
    }
    if (context->workers.count != 1)
        return STATUS_USAGE;
    jobs_make(&jobs, context);
    job_refresh(&jobs.job[0]);
    if (context->options.draining
        && !others_choose_draining(&jobs.job[0], problem)) {
        jobs_clear(&jobs);
        return problem->status;
    }
    session = job_session(&jobs.job[0]);
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        problem_add(problem, STATUS_USAGE, "attach needs a terminal; call it "
            "with ssh -t, or use logs");
    else if (!job_has_screen(&jobs.job[0])
        || tmux_look(&session, &view, problem)) {
        if (view.count > 0)
            tmux_attach(&session, context->options.write, problem);
        else
            job_tell_unseen(&jobs.job[0], "start it, or use logs --last-run",
                problem);
    }
    tmux_view_clear(&view);
    jobs_clear(&jobs);
    return problem->status;
}

const struct command command_attach = {
    .name = "attach", .usage = "[WORKER]",
    .help = "Open a worker's session, read-only.",
    .needs = NEEDS_WORKERS | NEEDS_ONE | FINDS_QUEUES | NEEDS_TERMINAL,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_WRITE
        | ACCEPT_DRAINING,
    .run = attach,
};
