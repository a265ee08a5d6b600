/*
 * sync.c - the head's part of a start, by itself.
 */
#include "cli/command.h"

#include "base/plain.h"

static enum status
sync_workers(struct context *context, struct problem *problem)
{
    bool changed;

    if (!context_sync(context, plain_out, &changed, problem))
        return problem->status;
    return context->options.if_changed && !changed ? STATUS_UNCHANGED
        : STATUS_DONE;
}

const struct command command_sync = {
    .name = "sync", .usage = "[WORKER]...",
    .help = "Update the workers' code, as a start does on the head.",
    .needs = NEEDS_WORKERS | NEEDS_ALL | LASTS_LONG,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_IF_CHANGED,
    .run = sync_workers,
};
