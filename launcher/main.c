/*
 * main.c - celery-tmux-launch: Celery workers in tmux sessions.
 *
 * Finds the command, prepares what it needs, runs it, prints what went
 * wrong.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
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
        options_print(stream, command->accepts, NULL);
        return;
    }
    fputs("Usage: celery-tmux-launch [OPTION]... COMMAND [WORKER]...\n\n"
        "Run Celery workers in tmux sessions.\n\nCommands:\n", stream);
    for (size_t i = 0; commands[i]; i++)
        if (!commands[i]->internal)
            fprintf(stream, "  %-10s %s\n", commands[i]->name,
                commands[i]->help);
    fputs("\nOptions:\n", stream);
    options_print(stream, ~0u, command_names);
    fputs("\nCOMMAND --help lists the options of one command.  See "
        "celery-tmux-launch(1).\n", stream);
}

static bool
main_find_command(struct context *context, struct problem *problem)
{
    context->command = command_find(context->options.command, problem);
    return context->command != NULL;
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
prepare_call(struct context *context, struct problem *problem)
{
    if (getuid() != geteuid() || getgid() != getegid())
        return problem_add(problem, STATUS_PERMISSION, "this program must not "
            "be set-user-ID or set-group-ID; chmod u-s,g-s its file");
    if (!options_check(&context->options, context->command->accepts, problem)
        || !account_read(&context->account, NULL, problem))
        return false;
    if (context->options.for_root != NULL) {
        privileged_ask_through(SPAWN_EXTRA);
        /* Lines come to root in their order. */
        setvbuf(plain_out, NULL, _IOLBF, 0);
    }
    /* Another program was to put the name there. */
    if (context->options.node && strchr(context->options.node, '%'))
        return problem_add(problem, STATUS_USAGE, "--node=%s is no name of a "
            "node; clush puts one there only with -R exec, so leave --node "
            "out", context->options.node);
    context->node = account_node(&context->account, context->options.node);
    context->node.anywhere = (context->command->needs & NEEDS_ALL)
        || context->options.for_root != NULL;
    context->node.one_session = context->command->needs & NEEDS_ONE;
    return !(context->command->needs & NEEDS_WORKERS)
        || context_prepare(context, problem);
}

/* The caller's own workers, then, for root, those of other users. */
static enum status
run_command(struct context *context, struct problem *problem)
{
    enum status status = context->options.if_changed ? STATUS_UNCHANGED
        : STATUS_DONE;

    if (context->workers.count > 0 || context->others.count == 0
        || (context->command->needs & ACTS_ANYWAY))
        status = context->command->run(context, problem);
    if (context->others.count == 0)
        return status;
    fflush(plain_out);
    return run_as(context, status, problem);
}

/*
 * Our caller may have left standard descriptors closed and others open, and
 * signals blocked: a child's end would not wake us.  EFBIG is to become a
 * sentence, and not a signal.
 */
static void
forget_caller(void)
{
    sigset_t none;

    file_open_standard();
    spawn_hide_descriptors();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

int
main(int count, char **word)
{
    struct context context = { .began = clock_now() };
    struct problem problem = {0};
    enum status status = STATUS_DONE;

    forget_caller();
    if (options_read(&context.options, count, word, &problem)) {
        compare_versions(context.options.head);
        command_words(&context.options);
        if (context.options.version)
            fputs("celery-tmux-launch " VERSION "\n", plain_out);
        else if (context.options.help && (!context.options.command
            || main_find_command(&context, &problem)))
            print_usage(plain_out, context.command);
        else if (!context.options.help && main_find_command(&context, &problem)
            && prepare_call(&context, &problem))
            status = run_command(&context, &problem);
    }
    if (!plain_end())
        problem_add(&problem, STATUS_INTERNAL, "cannot write to standard "
            "output: %s; make room, or write somewhere else",
            strerror(errno));
    problem_print(&problem);
    status = status_worse(status, problem.status);
    problem_clear(&problem);
    context_clear(&context);
    return status;
}
