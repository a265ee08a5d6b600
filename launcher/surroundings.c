/*
 * surroundings.c - starts a worker's program in the environment that its
 * settings ask for; the limits follow in cmd-exec.c.
 */
#include "surroundings.h"

#include <stdlib.h>

#include "envfile.h"
#include "process.h"

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

    good = self != NULL
        && envfile_read_for(&worker->layer, &path, &file, problem);
    if (good) {
        celery_environment(worker, node, &file, run, &environment);
        words_add(&words, self);
        words_add(&words, "exec");
        words_add(&words, "first");
        good = process_start(&words, &setup, pid, problem);
    }
    words_clear(&words);
    words_clear(&environment);
    words_clear(&file);
    free(path);
    free(self);
    return good;
}
