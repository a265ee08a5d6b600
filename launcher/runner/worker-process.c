/*
 * worker-process.c - a worker's program in the environment and with the limits
 * that its settings ask for.  The runner keeps no limit of the worker's: it
 * starts the next worker, and maybe a tmux server, which could not get rid of
 * it again.
 */
#include "runner/worker-process.h"

#include <stdlib.h>

#include "config/envfile.h"
#include "system/shell.h"
#include "system/spawn.h"

/*
 * One shell runs the setup command and becomes this program, which becomes
 * Celery: no shell stays between (F8), and none but that shell knows a virtual
 * environment that it activated.  The words do not pass through it, so nothing
 * that a setup command does to its own arguments can change them.
 */
static bool
worker_process_words(const struct layer *layer, struct words *words,
    struct words *environment, struct problem *problem)
{
    const char *setup = layer_text(layer, SETTING_WORKER_SETUP_CMD);

    if (setup == NULL)
        return spawn_self_words(words, "exec", NULL, problem);
    words_addf(environment, SHELL_VARIABLE "=%s", setup);
    words_add(words, shell_program(layer_text(layer, SETTING_SHELL)));
    words_add(words, "-c");
    /* Behind "||" its set -e would be without effect. */
    words_add(words, SHELL_EVAL "; set -- \"$?\"; "
        "[ \"$1\" = 0 ] || exit \"$1\"; exec \"$0\" exec");
    return spawn_self_words(words, NULL, NULL, problem);
}

bool
worker_process_start(const struct worker *worker, const struct node *node,
    const struct celery_run *run, int terminal, enum worker_trial trial,
    pid_t *pid, struct problem *problem)
{
    const struct layer *layer = &worker->layer;
    struct words file = {0}, environment = {0}, words = {0};
    struct spawn_setup setup = {
        .environment = &environment, .directory = node->home,
        .output = terminal, .error = terminal,
        .umask = layer_text(layer, SETTING_UMASK),
        .nice = layer_text(layer, SETTING_NICE),
        .nofile = layer_text(layer, SETTING_NOFILE),
        .silent_input = true, .new_session = true,
        .ends_with_us = trial != WORKER_WANTED,
        .humble = trial == WORKER_TRIED_HUMBLY
    };
    char *path = NULL;
    bool good = envfile_read_for(layer, &path, &file, problem);

    if (good) {
        celery_environment(worker, node, &file, run, &environment);
        good = worker_process_words(layer, &words, &environment, problem)
            && spawn_start(&words, &setup, pid, problem);
    }
    words_clear(&words);
    words_clear(&environment);
    words_clear(&file);
    free(path);
    return good;
}
