/*
 * run.c - the program in the pane of a worker's session (runner/runner.c).
 */
#include "cli/command.h"

#include "runner/runner.h"

static enum status
run(struct context *context, struct problem *problem)
{
    struct runner runner = {0};
    const char *directory;

    if (context->options.arguments.count != 1) {
        problem_add(problem, STATUS_USAGE, "run is for the session; use "
            "celery-tmux-launch start");
        return STATUS_USAGE;
    }
    directory = context->options.arguments.word[0];
    if (!runner_listen(&runner, problem)
        || !context_recall(context, directory, problem)
        || !runner_enter(&runner, directory, problem))
        return problem->status;
    runner.worker = &context->workers.worker[0];
    return runner_run(&runner, &context->node, problem);
}

const struct command command_run = {
    .name = "run", .usage = "RECORD", .internal = true,
    .help = "The program in the pane; start calls it.",
    .accepts = ACCEPT_ARGUMENTS,
    .run = run,
};
