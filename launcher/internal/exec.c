/*
 * exec.c - become Celery, in the environment that worker_setup_cmd made.
 *
 * The runner could not do this itself: an activated virtual environment is
 * known only to the shell that activated it, and that shell becomes us
 * (runner/worker-process.c).
 */
#include "cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/notify.h"
#include "system/spawn.h"
#include "worker/celery.h"

/* Whatever fails from here on is no failure of the setup command. */
static void
say_past_setup(void)
{
    const char *address = getenv("NOTIFY_SOCKET");

    if (address != NULL)
        notify_executing(address);
}

static void
become_celery(const struct context *context, struct problem *problem)
{
    const struct worker *worker = &context->workers.worker[0];
    const char *directory = layer_text(&worker->layer, SETTING_WORKER_DIR);
    struct words words = {0};

    say_past_setup();
    if (chdir(directory) != 0)
        problem_add(problem, STATUS_UNAVAILABLE, "cannot work in worker_dir "
            "%s: %s; make it or correct the setting", directory,
            strerror(errno));
    else if (getenv(SETTING_REMAP) != NULL)
        problem_add(problem, STATUS_CONFIG, "worker_setup_cmd set "
            SETTING_REMAP ", which would make stop and restart cut tasks off; "
            "unset it at the end of the command");
    else {
        celery_words(worker, &context->node, &words);
        spawn_become(&words, problem);
    }
    words_clear(&words);
}

static enum status
exec_celery(struct context *context, struct problem *problem)
{
    const char *record = getenv("CELERY_TMUX_RECORD");

    if (record == NULL)
        problem_add(problem, STATUS_USAGE, "exec is for a worker's session; "
            "worker_setup_cmd must not remove CELERY_TMUX_RECORD from the "
            "environment");
    else if (context_recall(context, record, problem))
        become_celery(context, problem);
    return problem->status;
}

const struct command command_exec = {
    .name = "exec", .usage = "", .internal = true,
    .help = "Become Celery; a worker's session calls it.",
    .run = exec_celery,
};
