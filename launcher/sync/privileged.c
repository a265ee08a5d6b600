/*
 * privileged.c - mounts and runs as root, directly, through root's own process
 * or through sudo.
 */
#include "sync/privileged.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "system/shell.h"
#include "worker/celery.h"

enum { LONGEST_PACKET = 4096, SHOWN = 600 };

/* The names of a request and of a row of `tasks`. */
enum task { REMOUNT, SETUP };

static const struct {
    const char *name;
    enum setting_id setting;
} tasks[] = {
    [REMOUNT] = { "remount", SETTING_REMOUNT_DIR },
    [SETUP] = { "setup", SETTING_ROOT_SETUP_CMD },
};

static int helper = -1;
/* The process that asks us, when we are root and one does. */
static pid_t asking;

/* The outcome of a task, for all workers that have it in common. */
struct outcome {
    char *task;                 /* "NAME=VALUE" */
    struct problem problem;     /* without the worker's name */
};

static struct outcome *outcomes;
static size_t outcome_count;

void
privileged_ask_through(int descriptor)
{
    helper = descriptor;
}

/* The shell line for a task; freed by the caller. */
static char *
line_of(const struct worker *worker, enum task task)
{
    const char *value = layer_text(&worker->layer, tasks[task].setting);
    char *quoted, *line;

    if (task == SETUP)
        return text_copy(value);
    quoted = text_quote(value);
    line = text_format("mount -o remount %s", quoted);
    free(quoted);
    return line;
}

/* Only the end of what it printed fits a sentence. */
static const char *
last_part(char *printed)
{
    size_t length = strlen(printed);

    while (length > 0 && printed[length - 1] == '\n')
        printed[--length] = '\0';
    if (length == 0)
        return "it printed nothing";
    return length > SHOWN ? printed + length - SHOWN : printed;
}

static bool
run_as_root(const struct worker *worker, enum task task,
    struct problem *problem)
{
    struct words environment = {0};
    char *line = line_of(worker, task), *printed = NULL;
    struct shell_command shell = {
        .text = line, .directory = "/", .environment = &environment,
        .shell = layer_text(&worker->layer, SETTING_SHELL),
        .spared = asking,
    };
    int result = 0;
    bool good;

    words_add(&environment, "HOME=/root");
    words_add(&environment, "USER=root");
    words_add(&environment, "LOGNAME=root");
    words_add(&environment, "SHELL=/bin/sh");
    words_add(&environment, "PATH=" CELERY_PATH);
    words_add(&environment, "LANG=C.UTF-8");
    good = shell_run(&shell, &printed, &result, problem);
    if (good && result != 0)
        good = problem_add(problem, STATUS_UNAVAILABLE, "%s ended with "
            "status %d, and nothing was started: %s",
            settings[tasks[task].setting].key, result, last_part(printed));
    words_clear(&environment);
    free(printed);
    free(line);
    return good;
}

/* Does sudo itself complain, and not what it was to run? */
static bool
says_sudo(const char *printed)
{
    return text_starts(printed, "sudo: ") || strstr(printed, "\nsudo: ");
}

static bool
run_by_sudo(const struct worker *worker, enum task task,
    struct problem *problem)
{
    const char *key = settings[tasks[task].setting].key;
    const char *value = layer_text(&worker->layer, tasks[task].setting);
    struct words words = {0};
    char *printed = NULL, *line;
    struct shell_command shell = {0};
    int result = 0;
    bool good, missing;

    words_add_list(&words, "sudo", "-n", NULL);
    if (task == REMOUNT)
        words_add_list(&words, "mount", "-o", "remount", value, NULL);
    else
        words_add_list(&words, shell_program(layer_text(&worker->layer,
            SETTING_SHELL)), "-c", value, NULL);
    line = words_to_shell(&words);
    shell.text = line;
    shell.shell = "/bin/sh";
    good = shell_run(&shell, &printed, &result, problem);
    /* The shell's words for that; a command that sudo ran may have 127 too. */
    missing = result == 127 && (strstr(printed, "sudo: not found")
        || strstr(printed, "sudo: command not found"));
    if (good && result != 0 && (missing || says_sudo(printed)))
        good = problem_add(problem, STATUS_PERMISSION, "%s needs root, and "
            "\"%s\" is not permitted (%s); use root, have it allowed in "
            "sudoers with NOPASSWD, or leave %s empty", key, line,
            missing ? "there is no sudo"
            : last_part(printed), key);
    else if (good && result != 0)
        good = problem_add(problem, STATUS_UNAVAILABLE, "%s: \"%s\" ended "
            "with status %d, and nothing was started: %s", key, line, result,
            last_part(printed));
    free(line);
    words_clear(&words);
    free(printed);
    return good;
}

/* The answer is the status, as one byte, and the sentence. */
static bool
ask_root(const struct worker *worker, enum task task,
    struct problem *problem)
{
    char *request = text_format("%s %s", tasks[task].name, worker->session);
    char answer[LONGEST_PACKET + 1];
    ssize_t size = -1;

    if (send(helper, request, strlen(request), MSG_NOSIGNAL) > 0)
        while ((size = recv(helper, answer, LONGEST_PACKET, 0)) < 0
            && errno == EINTR)
            continue;
    free(request);
    if (size <= 0)
        return problem_add(problem, STATUS_UNAVAILABLE, "root's part of the "
            "start cannot be done because root's call is gone (user %s); try "
            "again", layer_text(&worker->layer, SETTING_USER));
    answer[size] = '\0';
    return answer[0] == STATUS_DONE
        || problem_add(problem, answer[0], "%s", answer + 1);
}

/* A task is tried once, whatever comes of it: the next one is told that. */
static const struct problem *
outcome_of(const struct worker *worker, enum task task, long long *took)
{
    static const struct problem nothing_to_do;
    const char *value = layer_text(&worker->layer, tasks[task].setting);
    long long began = clock_now();
    struct problem *problem;
    char *known;

    if (value == NULL)
        return &nothing_to_do;
    known = text_format("%s=%s", tasks[task].name, value);
    for (size_t i = 0; i < outcome_count; i++)
        if (strcmp(outcomes[i].task, known) == 0) {
            free(known);
            return &outcomes[i].problem;
        }
    outcomes = text_reallocate(outcomes, outcome_count + 1,
        sizeof *outcomes);
    outcomes[outcome_count] = (struct outcome){ .task = known };
    problem = &outcomes[outcome_count++].problem;
    if (helper >= 0)
        ask_root(worker, task, problem);
    else if (geteuid() == 0)
        run_as_root(worker, task, problem);
    else
        run_by_sudo(worker, task, problem);
    *took += clock_now() - began;
    return problem;
}

static bool
do_task(const struct worker *worker, enum task task,
    struct problem *problem)
{
    long long ignored = 0;
    const struct problem *outcome = outcome_of(worker, task, &ignored);

    return outcome->text == NULL || problem_add(problem, outcome->status,
        "%s: %s", worker->name, outcome->text);
}

bool
privileged_remount(const struct worker *worker, struct problem *problem)
{
    return do_task(worker, REMOUNT, problem);
}

bool
privileged_setup(const struct worker *worker, struct problem *problem)
{
    return do_task(worker, SETUP, problem);
}

/* It is no business of ours to wait until somebody reads it. */
static bool
answer(int descriptor, const struct problem *problem)
{
    bool sent;
    char *text = text_format("%c%.*s", problem->status ? problem->status
        : '?', LONGEST_PACKET - 2, problem->text ? problem->text : "");

    if (problem->status == STATUS_DONE)
        *text = STATUS_DONE;
    sent = send(descriptor, text, problem->status ? strlen(text) : 1,
        MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
    free(text);
    return sent;
}

bool
privileged_serve(int descriptor, pid_t child, const struct workers *workers,
    long long *took)
{
    const struct problem *outcome = NULL;
    struct problem unknown = {0};
    char request[LONGEST_PACKET + 1], *session;
    ssize_t size;
    bool heard;

    size = recv(descriptor, request, LONGEST_PACKET, 0);
    if (size <= 0)
        return size < 0 && errno == EINTR;
    request[size] = '\0';
    asking = child;
    session = strchr(request, ' ');
    for (size_t i = 0; session != NULL && i < workers->count; i++) {
        const struct worker *worker = &workers->worker[i];

        for (int task = REMOUNT; task <= SETUP && outcome == NULL; task++)
            if (text_starts(request, tasks[task].name)
                && strcmp(worker->session, session + 1) == 0)
                outcome = outcome_of(worker, task, took);
    }
    if (outcome == NULL)
        problem_add(&unknown, STATUS_PERMISSION, "root's configuration has no "
            "such worker; start it as root again");
    heard = answer(descriptor, outcome ? outcome : &unknown);
    problem_clear(&unknown);
    return heard;
}
