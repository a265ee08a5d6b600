/*
 * surroundings.c - starts a worker's program with the limits and in the
 * environment that its settings ask for.
 */
#include "surroundings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "envfile.h"
#include "process.h"
#include "text.h"

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
        return problem_set(problem, STATUS_PERMISSION, "cannot set nice to "
            "%ld: %s; only root may go below the present value",
            layer_number(layer, SETTING_NICE), strerror(errno));
    if (files == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return true;
    limit.rlim_cur = files;
    if (limit.rlim_max < limit.rlim_cur)
        limit.rlim_max = limit.rlim_cur;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 || problem_set(problem,
        STATUS_PERMISSION, "cannot set nofile to %ld: %s; only root may go "
        "above the hard limit, which ulimit -Hn shows", files,
        strerror(errno));
}

/*
 * One shell runs the setup command and becomes this program again, which
 * becomes Celery (cmd-exec.c): no shell stays between (F8).  The words do
 * not pass through the shell, so nothing that a setup command does to its
 * own arguments can change them.
 */
static void
program_words(const struct layer *layer, const char *self,
    struct words *words)
{
    const char *setup = layer_text(layer, SETTING_WORKER_SETUP_CMD);
    const char *shell = layer_text(layer, SETTING_SHELL);

    if (setup != NULL) {
        if (shell == NULL)
            shell = access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";
        words_add(words, shell);
        words_add(words, "-c");
        words_add(words, "eval \"$1\" || exit; exec \"$0\" exec");
    }
    words_add(words, self);
    words_add(words, setup ? setup : "exec");
}

bool
surroundings_start(const struct worker *worker, const struct node *node,
    const struct celery_run *run, int terminal, pid_t *pid,
    struct problem *problem)
{
    struct words environment = {0}, file = {0}, words = {0};
    struct process_setup setup = {
        .environment = &environment, .directory = node->home,
        .output = terminal, .error = terminal,
        .silent_input = true, .new_session = true
    };
    char *self = process_self(problem), *path = NULL;
    bool good;

    good = self != NULL && set_limits(&worker->layer, problem)
        && envfile_read_for(&worker->layer, &path, &file, problem);
    if (good) {
        celery_environment(worker, node, &file, run, &environment);
        program_words(&worker->layer, self, &words);
        good = process_start(&words, &setup, pid, problem);
    }
    words_clear(&words);
    words_clear(&environment);
    words_clear(&file);
    free(path);
    free(self);
    return good;
}
