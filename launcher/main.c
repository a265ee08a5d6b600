/*
 * main.c - celery-tmux-launch: Celery workers in tmux sessions.
 *
 * Finds the command, prepares what it needs, runs it, prints what went
 * wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plain.h"
#include "cli/command.h"
#include "sync/privileged.h"
#include "system/spawn.h"
#include "users/run-as.h"

static void
print_usage(FILE *stream, const struct command *command)
{
    if (command != NULL) {
        fprintf(stream, "Usage: celery-tmux-launch [OPTION]... %s%s%s\n\n"
            "%s\n\nOptions:\n", command->name, *command->usage ? " " : "",
            command->usage, command->help);
        options_print(stream, command->accepts);
        return;
    }
    fputs("Usage: celery-tmux-launch [OPTION]... COMMAND [WORKER]...\n\n"
        "Run Celery workers in tmux sessions.\n\nCommands:\n", stream);
    for (size_t i = 0; commands[i]; i++)
        if (!commands[i]->internal)
            fprintf(stream, "  %-10s %s\n", commands[i]->name,
                commands[i]->help);
    fputs("\nOptions:\n", stream);
    options_print(stream, ~0u);
    fputs("\nCOMMAND --help lists the options of one command; "
        "celery-tmux-launch(1) tells more.\n", stream);
}

static bool
find(struct call *call, struct problem *problem)
{
    call->command = command_find(call->options.command, problem);
    return call->command != NULL;
}

/* Was the call planned by another version?  It may well work all the same. */
static void
compare_versions(const char *head)
{
    if (head != NULL && strcmp(head, VERSION) != 0)
        fprintf(plain_err, "celery-tmux-launch: this node has version " VERSION
            " and the head has %s; install the same on both\n", head);
}

static bool
prepare(struct call *call, struct problem *problem)
{
    if (getuid() != geteuid() || getgid() != getegid())
        return problem_set(problem, STATUS_PERMISSION, "this program must "
            "not be set-uid or set-gid; chmod u-s,g-s it");
    if (!options_check(&call->options, call->command->accepts, problem)
        || !account_read(&call->account, NULL, problem))
        return false;
    if (call->options.for_root != NULL) {
        fcntl(PROCESS_EXTRA, F_SETFD, FD_CLOEXEC);
        root_ask_through(PROCESS_EXTRA);
        /* Lines come to root in their order. */
        setvbuf(plain_out, NULL, _IOLBF, 0);
    }
    call->node = account_node(&call->account, call->options.node);
    call->node.anywhere = (call->command->needs & NEEDS_ALL)
        || call->options.for_root != NULL;
    if (call->command->needs & NEEDS_WORKERS)
        return call_prepare(call, problem);
    return !(call->command->needs & NEEDS_CONFIG)
        || call_configure(call, problem);
}

/*
 * What is closed must not be given to the next file that is opened: a message
 * would be written into it.
 */
static void
open_standard(void)
{
    int descriptor;

    do
        descriptor = open("/dev/null", O_RDWR);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor > STDERR_FILENO)
        close(descriptor);
}

/* The caller's own workers, then, for root, those of other users. */
static enum status
run(struct call *call, struct problem *problem)
{
    enum status status = STATUS_DONE;

    if (call->workers.count > 0 || call->others.count == 0
        || (call->command->needs & ACTS_ANYWAY))
        status = call->command->run(call, problem);
    if (call->others.count == 0)
        return status;
    fflush(plain_out);
    return status_worse(status, delegate(call, problem));
}

int
main(int count, char **word)
{
    struct call call = { .began = clock_now() };
    struct problem problem = {0};
    enum status status = STATUS_DONE;

    open_standard();
    if (options_read(&call.options, count, word, &problem)) {
        compare_versions(call.options.head);
        if (call.options.version)
            fputs("celery-tmux-launch " VERSION "\n", plain_out);
        else if (call.options.help && (!call.options.command
            || find(&call, &problem)))
            print_usage(plain_out, call.command);
        else if (!call.options.help && find(&call, &problem)
            && prepare(&call, &problem))
            status = run(&call, &problem);
    }
    if (!plain_end())
        problem_set(&problem, STATUS_INTERNAL, "cannot write to standard "
            "output: %s; make room, or write it somewhere else",
            strerror(errno));
    problem_print(&problem);
    status = status_worse(status, problem.status);
    problem_clear(&problem);
    call_clear(&call);
    return status;
}
