/*
 * worker-process.c - a worker's program in the environment that its settings
 * ask for; the limits follow in internal/exec.c.
 */
#include "runner/worker-process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/envfile.h"
#include "system/spawn.h"

extern char **environ;

/* The words, and the environment that they are executed in. */
static bool
prepare(const struct worker *worker, const struct node *node,
    const struct celery_run *run, struct words *words,
    struct words *environment, struct problem *problem)
{
    char *self = spawn_self(problem), *path = NULL;
    struct words file = {0};
    bool good = self != NULL
        && envfile_read_for(&worker->layer, &path, &file, problem);

    if (good) {
        celery_environment(worker, node, &file, run, environment);
        words_add(words, self);
        words_add(words, "exec");
        words_add(words, "first");
    }
    words_clear(&file);
    free(path);
    free(self);
    return good;
}

bool
worker_process_start(const struct worker *worker, const struct node *node,
    const struct celery_run *run, int terminal, pid_t *pid,
    struct problem *problem)
{
    struct words environment = {0}, words = {0};
    struct spawn_setup setup = {
        .environment = &environment, .directory = node->home,
        .output = terminal, .error = terminal,
        .silent_input = true, .new_session = true
    };
    bool good = prepare(worker, node, run, &words, &environment, problem)
        && spawn_start(&words, &setup, pid, problem);

    words_clear(&words);
    words_clear(&environment);
    return good;
}

bool
worker_process_become(const struct worker *worker, const struct node *node,
    const struct celery_run *run, struct problem *problem)
{
    struct words environment = {0}, words = {0};

    if (!prepare(worker, node, run, &words, &environment, problem))
        return false;
    if (chdir(node->home) != 0)
        return problem_add(problem, STATUS_UNAVAILABLE, "cannot begin in the "
            "home %s: %s", node->home, strerror(errno));
    environ = environment.word;
    return spawn_become(&words, problem);
}
