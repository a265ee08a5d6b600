/*
 * exec.c - become Celery, in the environment that worker_setup_cmd made.
 *
 *     exec first      what the runner calls: limits, and the setup command
 *     exec            what the shell of the setup command becomes
 *
 * The runner could not do this itself.  An activated virtual environment is
 * known only to the shell that activated it, and that shell becomes us.  And
 * the runner keeps no limit of the worker's: it starts the next worker, and
 * maybe a tmux server, which could not get rid of it again.
 */
#include "cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/notify.h"
#include "system/shell.h"
#include "system/spawn.h"
#include "worker/celery.h"

static bool
set_limits(const struct layer *layer, struct problem *problem)
{
    const char *mask = layer_text(layer, SETTING_UMASK);
    long files = layer_number(layer, SETTING_NOFILE);
    struct rlimit limit;

    if (mask != NULL)
        umask(strtoul(mask, NULL, 8));
    if (layer_text(layer, SETTING_NICE) != NULL && setpriority(PRIO_PROCESS,
        0, layer_number(layer, SETTING_NICE)) != 0)
        return problem_add(problem, STATUS_PERMISSION, "cannot set nice to "
            "%ld: %s; only root may go below the present value",
            layer_number(layer, SETTING_NICE), strerror(errno));
    if (files == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return true;
    limit.rlim_cur = files;
    if (limit.rlim_max < limit.rlim_cur)
        limit.rlim_max = limit.rlim_cur;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 || problem_add(problem,
        STATUS_PERMISSION, "cannot set nofile to %ld: %s; only root may go "
        "above the hard limit, which ulimit -Hn shows", files,
        strerror(errno));
}

/*
 * One shell runs the setup command and becomes this program again, which
 * becomes Celery: no shell stays between (F8).  The words do not pass through
 * the shell, so nothing that a setup command does to its own arguments can
 * change them.
 */
static void
become_setup(const struct layer *layer, struct problem *problem)
{
    char *self = spawn_self(problem);
    struct words words = {0};

    if (self == NULL)
        return;
    words_add(&words, shell_program(layer_text(layer, SETTING_SHELL)));
    words_add(&words, "-c");
    /* Behind "||" its set -e would be without effect. */
    words_add(&words, SHELL_EVAL "; set -- \"$?\"; "
        "[ \"$1\" = 0 ] || exit \"$1\"; exec \"$0\" exec");
    words_add(&words, self);
    setenv(SHELL_VARIABLE, layer_text(layer, SETTING_WORKER_SETUP_CMD), 1);
    spawn_become(&words, problem);
    words_clear(&words);
    free(self);
}

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
    if (chdir(directory) != 0) {
        problem_add(problem, STATUS_UNAVAILABLE, "cannot work in worker_dir "
            "%s: %s; make it or correct the setting", directory,
            strerror(errno));
        return;
    }
    if (getenv(SETTING_REMAP) != NULL) {
        problem_add(problem, STATUS_CONFIG, "worker_setup_cmd set "
            SETTING_REMAP ", with which stop and restart would cut running "
            "tasks off; have it unset that at its end");
        return;
    }
    celery_words(worker, &context->node, &words);
    spawn_become(&words, problem);
    words_clear(&words);
}

static enum status
become(struct context *context, struct problem *problem)
{
    const char *record = getenv("CELERY_TMUX_RECORD");
    bool first = context->options.arguments.count > 0;
    const struct layer *layer;

    if (record == NULL) {
        problem_add(problem, STATUS_USAGE, "exec is what a worker's session "
            "calls after worker_setup_cmd; that must leave "
            "CELERY_TMUX_RECORD in the environment");
        return STATUS_USAGE;
    }
    if (!context_recall(context, record, problem))
        return problem->status;
    layer = &context->workers.worker[0].layer;
    if (first && !set_limits(layer, problem))
        say_past_setup();
    else if (first && layer_text(layer, SETTING_WORKER_SETUP_CMD) != NULL)
        become_setup(layer, problem);
    else
        become_celery(context, problem);
    return problem->status;
}

const struct command command_exec = {
    .name = "exec", .usage = "[first]", .internal = true,
    .help = "Become Celery; a worker's session calls it.",
    .accepts = ACCEPT_ARGUMENTS,
    .run = become,
};
