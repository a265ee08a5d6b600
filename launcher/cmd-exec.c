/*
 * cmd-exec.c - become Celery, in the environment that worker_setup_cmd made.
 *
 * The runner could not do this itself: an activated virtual environment is
 * known only to the shell that activated it, and that shell becomes us.
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "celery.h"
#include "notify.h"
#include "process.h"

static enum status
become_celery(struct call *call, struct problem *problem)
{
    const char *record = getenv("CELERY_TMUX_RECORD"), *directory;
    const char *address = getenv("NOTIFY_SOCKET");
    struct words words = {0};

    if (record == NULL) {
        problem_set(problem, STATUS_USAGE, "exec is what a worker's session "
            "calls after worker_setup_cmd; that must leave "
            "CELERY_TMUX_RECORD in the environment");
        return STATUS_USAGE;
    }
    /* Whatever fails from here on is no failure of the setup command. */
    if (address != NULL)
        notify_send(address, "STATUS=exec");
    if (!call_recall(call, record, "worker", problem))
        return problem->status;
    directory = layer_text(&call->workers.worker[0].layer,
        SETTING_WORKER_DIR);
    if (chdir(directory) != 0) {
        problem_set(problem, STATUS_UNAVAILABLE, "cannot work in worker_dir "
            "%s: %s; make it or correct the setting", directory,
            strerror(errno));
        return STATUS_UNAVAILABLE;
    }
    celery_words(&call->workers.worker[0], &call->node, &words);
    process_become(&words, problem);
    words_clear(&words);
    return STATUS_UNAVAILABLE;
}

const struct command command_exec = {
    .name = "exec", .usage = "", .internal = true,
    .help = "Become Celery; the session calls it after worker_setup_cmd.",
    .accepts = ACCEPT_ARGUMENTS,
    .run = become_celery,
};
