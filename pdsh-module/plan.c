/*
 * plan.c - runs "celery-tmux-launch plan" and takes its answer apart.
 */
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/problem.h"
#include "base/text.h"
#include "pdsh-plugin.h"

extern char **environ;

/* pdsh has held off some signals; the launcher is to have none of that. */
static int
spawn(const struct words *words, int output, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int failure;

    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    failure = posix_spawnp(pid, words->word[0], &actions, &attributes,
        words->word, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}

static int
wait_status(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return STATUS_INTERNAL;
    return WIFEXITED(status) ? WEXITSTATUS(status)
        : 128 + WTERMSIG(status);
}

/* Its output, or NULL with the status; `option` may be NULL. */
static char *
plan_ask(const struct words *command, const char *option, size_t *size,
    int *status)
{
    struct words words = {0};
    int ends[2], failure;
    char *answer = NULL;
    pid_t pid;

    *status = STATUS_INTERNAL;
    words_add(&words, command->word[0]);
    words_add(&words, "plan");
    if (option != NULL)
        words_add(&words, option);
    words_add(&words, "--");
    for (size_t i = 1; i < command->count; i++)
        words_add(&words, command->word[i]);
    if (pipe2(ends, O_CLOEXEC) != 0)
        err("%p: celery: pipe: %m\n");
    else {
        failure = spawn(&words, ends[1], &pid);
        close(ends[1]);
        if (failure == 0) {
            answer = file_read(ends[0], SIZE_MAX, size);
            *status = wait_status(pid);
        } else {
            *status = STATUS_UNAVAILABLE;
            err("%p: celery: cannot run %s here: %s; it plans for the nodes, "
                "so install it on this machine too\n", command->word[0],
                strerror(failure));
        }
        close(ends[0]);
    }
    words_clear(&words);
    if (*status != 0) {
        free(answer);
        answer = NULL;
    }
    return answer;
}

bool
plan_make(const struct words *command, struct plan *plan, int *status)
{
    size_t size, length;
    char *answer = plan_ask(command, NULL, &size, status);

    plan->config = -1;
    plan->line = answer;
    if (answer == NULL)
        return false;
    length = strlen(answer) + 1;
    if (length < size) {
        plan->config = file_in_memory("celery-tmux.conf",
            answer + length, size - length);
        explicit_bzero(answer + length, size - length);
        if (plan->config < 0) {
            err("%p: celery: cannot keep the configuration: %m\n");
            *status = STATUS_INTERNAL;
        }
    }
    return *status == 0;
}

char *
plan_nodes(const struct words *command, const char *worker, int *status)
{
    char *option = text_format("--worker=%s", worker);
    size_t size;
    char *nodes = plan_ask(command, option, &size, status);

    if (nodes != NULL)
        nodes[strcspn(nodes, "\n")] = '\0';
    free(option);
    return nodes;
}
