/*
 * shell.c - runs a shell command in the foreground.  We are its subreaper
 * meanwhile, so that ^C finds what it started, wherever that hid.
 */
#include "system/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "system/process.h"
#include "system/signals.h"
#include "system/spawn.h"
#include "system/sweep.h"

extern char **environ;

/* Bytes of its output that are kept; milliseconds before KILL. */
enum { KEPT = 16384, GRACE = 2000 };

static volatile sig_atomic_t interrupted;

static void
note_signal(int number)
{
    if (number != SIGCHLD)
        interrupted = number;
}

static void
shell_show(const struct shell_command *command, const char *part, size_t size,
    char **printed)
{
    size_t length;

    text_append(printed, "%.*s", (int)size, part);
    length = strlen(*printed);
    if (length > 2L * KEPT)
        memmove(*printed, *printed + length - KEPT, KEPT + 1);
    if (command->output == NULL)
        return;
    fwrite(part, 1, size, command->output);
    fflush(command->output);
}

/* Take what the pipe holds just now. */
static void
shell_take(const struct shell_command *command, int *channel, char **printed)
{
    char part[4096];
    ssize_t got;

    while (*channel >= 0
        && (got = read(*channel, part, sizeof part)) != 0) {
        if (got > 0)
            shell_show(command, part, got, printed);
        else if (errno != EINTR)
            return;
    }
    if (*channel >= 0)
        close(*channel);
    *channel = -1;
}

static bool
has_ended(pid_t pid, int *result)
{
    int status;

    if (waitpid(pid, &status, WNOHANG) != pid)
        return false;
    *result = spawn_result(status);
    return true;
}

/* The command may clean up first; nothing of it is left in the end. */
static void
shell_end_all(pid_t pid, const struct shell_command *command, int *channel,
    char **printed)
{
    long long deadline = clock_now() + GRACE;
    struct sweep all = {
        .ancestor = getpid(), .spared = command->spared
    };
    struct process_list list = {0};
    int number = interrupted;

    proc_descendants(getpid(), &list);
    for (size_t i = 0; i < list.count; i++)
        if (list.process[i].pid != command->spared)
            process_signal(list.process[i], number);
    process_list_clear(&list);
    while (!process_wait(proc_process(pid), clock_now() + 20)
        && clock_left(deadline) > 0)
        shell_take(command, channel, printed);
    sweep(&all, clock_now() + GRACE, NULL, NULL);
    waitpid(pid, NULL, WNOHANG);
}

static bool
shell_await(pid_t pid, const struct shell_command *command, int *channel,
    char **printed, int *result, const sigset_t *mask)
{
    bool ended = false;

    while (!interrupted && !(ended = has_ended(pid, result))) {
        struct pollfd one = { *channel, POLLIN, 0 };

        ppoll(&one, *channel >= 0, NULL, mask);
        shell_take(command, channel, printed);
    }
    if (!ended)
        shell_end_all(pid, command, channel, printed);
    shell_take(command, channel, printed);
    return ended;
}

const char *
shell_program(const char *set)
{
    return set ? set : access("/bin/bash", X_OK) == 0 ? "/bin/bash"
        : "/bin/sh";
}

static bool
cannot_go(const struct shell_command *command, struct problem *problem)
{
    return problem_add(problem, STATUS_UNAVAILABLE, "cannot run \"%s\" in %s: "
        "%s; create the directory or correct the setting",
        command->text, command->directory, strerror(errno));
}

/* Our own environment or the one that is wanted, and the command. */
static void
add_environment(const struct shell_command *command,
    struct words *environment)
{
    if (command->environment != NULL)
        words_add_all(environment, command->environment);
    else
        for (char **variable = environ; *variable != NULL; variable++)
            words_add(environment, *variable);
    words_addf(environment, SHELL_VARIABLE "=%s", command->text);
}

bool
shell_run(const struct shell_command *command, char **printed, int *result,
    struct problem *problem)
{
    struct words words = {0}, environment = {0};
    struct spawn_setup setup = {
        .environment = &environment, .directory = command->directory,
        .silent_input = true, .keeps_ignored = true,
    };
    struct signals watched = {
        .number = { SIGINT, SIGTERM, SIGHUP, SIGCHLD }
    };
    int channel[2];
    bool good;
    pid_t pid;

    *printed = text_copy("");
    if (command->directory != NULL
        && access(command->directory, X_OK) != 0)
        return cannot_go(command, problem);
    if (pipe2(channel, O_CLOEXEC) != 0)
        return problem_add(problem, STATUS_UNAVAILABLE, "cannot run \"%s\": "
            "%s; %s", command->text, strerror(errno), problem_way_out(errno,
            "check whether memory is short"));
    fcntl(channel[0], F_SETFL, O_NONBLOCK);
    setup.output = setup.error = channel[1];
    add_environment(command, &environment);
    words_add(&words, shell_program(command->shell));
    words_add(&words, "-c");
    words_add(&words, SHELL_EVAL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    interrupted = 0;
    signals_hold(&watched);
    good = spawn_start(&words, &setup, &pid, problem);
    /* Not before, for starting a process sets SIGCHLD to its default. */
    signals_catch(&watched, note_signal);
    close(channel[1]);
    if (good && !shell_await(pid, command, &channel[0], printed, result,
        &watched.mask))
        good = problem_add(problem, STATUS_AGAIN, "\"%s\" was interrupted "
            "and has ended; try again", command->text);
    if (channel[0] >= 0)
        close(channel[0]);
    signals_restore(&watched);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    words_clear(&environment);
    words_clear(&words);
    return good;
}
