/*
 * probe.c - what run does for a worker, without a session and without
 * watching over it; check calls it (doctor/probe.c).
 */
#include "cli/command.h"

#include <stdlib.h>

#include "runner/worker-process.h"

static enum status
probe(struct context *context, struct problem *problem)
{
    const struct words *arguments = &context->options.arguments;
    struct celery_run run = {
        getenv("CELERY_TMUX_ID"), NULL, getenv("NOTIFY_SOCKET"),
        getenv("TERM")
    };

    if (arguments->count != 1) {
        problem_add(problem, STATUS_USAGE, "probe is what check calls; use "
            "celery-tmux-launch check");
        return STATUS_USAGE;
    }
    run.record = arguments->word[0];
    if (context_recall(context, run.record, problem))
        worker_process_become(&context->workers.worker[0], &context->node,
            &run, problem);
    return problem->status;
}

const struct command command_probe = {
    .name = "probe", .usage = "RECORD", .internal = true,
    .help = "Start a worker that ends before it connects; check calls it.",
    .accepts = ACCEPT_ARGUMENTS,
    .run = probe,
};
