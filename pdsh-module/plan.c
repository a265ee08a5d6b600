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

/* What the launcher prints, or NULL with the status. */
static char *
ask(const struct words *words, size_t *size, int *status)
{
    int ends[2], failure;
    char *answer = NULL;
    pid_t pid;

    *status = STATUS_INTERNAL;
    if (pipe2(ends, O_CLOEXEC) != 0)
        err("%p: celery: cannot make a pipe: %m; raise the limit of open "
            "files\n");
    else {
        failure = spawn(words, ends[1], &pid);
        close(ends[1]);
        if (failure == 0) {
            answer = file_read(ends[0], SIZE_MAX, size);
            *status = wait_status(pid);
        } else {
            *status = STATUS_UNAVAILABLE;
            err("%p: celery: cannot run %s here: %s; it plans for the nodes, "
                "so install it on this machine too\n", words->word[0],
                strerror(failure));
        }
        close(ends[0]);
    }
    if (*status != 0) {
        free(answer);
        answer = NULL;
    }
    return answer;
}

/* The same of its plan; `option` may be NULL. */
static char *
plan_ask(const struct words *command, const char *option, size_t *size,
    int *status)
{
    struct words words = {0};
    char *answer;

    words_add(&words, command->word[0]);
    words_add(&words, "plan");
    if (option != NULL)
        words_add(&words, option);
    words_add(&words, "--");
    for (size_t i = 1; i < command->count; i++)
        words_add(&words, command->word[i]);
    answer = ask(&words, size, status);
    words_clear(&words);
    return answer;
}

static int
keep(const char *name, const char *text, size_t size, int *status)
{
    int descriptor = file_in_memory(name, text, size);

    if (descriptor < 0) {
        err("%p: celery: cannot keep %s in memory: %m; check whether it is "
            "short\n", name);
        *status = STATUS_INTERNAL;
    }
    return descriptor;
}

/* The script, and the program with the configuration behind it. */
static void
plan_shipment(const char *launcher, const char *config, size_t config_size,
    struct plan *plan, int *status)
{
    struct words words = {0};
    size_t size, length;

    words_add(&words, launcher);
    words_add(&words, "ship");
    plan->script = ask(&words, &size, status);
    words_clear(&words);
    if (plan->script == NULL)
        return;
    length = strlen(plan->script) + 1;
    if (length > size) {
        err("%p: celery: what %s ship prints is no program to send; see that "
            "it is celery-tmux's own\n", launcher);
        *status = STATUS_UNAVAILABLE;
        return;
    }
    plan->shipment = keep("celery-tmux-launch", plan->script + length,
        size - length, status);
    if (plan->shipment >= 0 && (lseek(plan->shipment, 0, SEEK_END) < 0
        || !file_write(plan->shipment, config, config_size, false))) {
        err("%p: celery: cannot keep what nodes are sent: %m; check whether "
            "memory is short\n");
        *status = STATUS_INTERNAL;
    }
}

bool
plan_make(const struct words *command, bool shipped, struct plan *plan,
    int *status)
{
    size_t size, length;
    char *answer = plan_ask(command, NULL, &size, status);

    plan->config = plan->shipment = -1;
    plan->line = answer;
    if (answer == NULL)
        return false;
    length = strlen(answer) + 1;
    size -= length < size ? length : size;
    if (size > 0)
        plan->config = keep("celery-tmux.conf", answer + length, size,
            status);
    if (shipped && *status == 0)
        plan_shipment(command->word[0], answer + length, size, plan, status);
    if (size > 0)
        explicit_bzero(answer + length, size);
    return *status == 0;
}

void
plan_clear(struct plan *plan)
{
    free(plan->line);
    free(plan->script);
    plan->line = plan->script = NULL;
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
