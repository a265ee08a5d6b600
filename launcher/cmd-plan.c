/*
 * cmd-plan.c - the head's part of a command that goes to many nodes.
 *
 *     plan [--worker=NAME] -- WORD...
 *
 * Checks what can be checked here, so that no node is contacted for nothing,
 * and prints what each node needs: its command line behind the name of the
 * program, for a shell, up to a NUL byte; then the configuration that it is
 * to read from standard input, with what it includes put in.  Nothing behind
 * the NUL means that this machine has no configuration and nodes use their
 * own.  With --worker it prints the nodes of a worker instead, as one host
 * list.  pdsh-module/ is who calls it.
 */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>

#include "hostlist.h"
#include "site.h"
#include "source.h"
#include "text.h"

/* Is it a command that would be obeyed?  None at all may be --help. */
static bool
check_command(const struct options *planned, struct problem *problem)
{
    const struct command *command;

    if (planned->help || planned->version)
        return true;
    command = command_find(planned->command, problem);
    return command != NULL
        && options_check(planned, command->accepts, problem);
}

/* Read and check the configuration, if there is one. */
static bool
read_config(struct call *call, const char *file, struct source *source,
    struct problem *problem)
{
    char *found = configuration_find(file, call->node.home);
    bool good = found == NULL || (source_read(source, found, problem)
        && configuration_read_source(&call->config, found, source, problem));

    free(found);
    return good;
}

static void
print_plan(const struct options *planned, const char *config)
{
    char *words = words_to_shell(&planned->but_config);

    printf("%s--head=" VERSION " %s", config ? "--config=- " : "", words);
    putchar('\0');
    if (config != NULL)
        fputs(config, stdout);
    free(words);
}

static bool
print_nodes(const struct call *call, struct problem *problem)
{
    struct words names = {0};
    char *folded;
    bool good;

    good = site_worker_nodes(&call->config, call->options.worker, &names,
        problem);
    if (good && names.count == 0)
        good = problem_set(problem, STATUS_USAGE, "the configuration gives "
            "worker %s no nodes; write hosts = \"...\" for it, or name the "
            "nodes with -w", call->options.worker);
    if (good) {
        folded = hostlist_fold(&names);
        puts(folded);
        free(folded);
    }
    words_clear(&names);
    return good;
}

static enum status
plan(struct call *call, struct problem *problem)
{
    struct words line = {0};
    struct options planned = {0};
    struct source source = {0};

    /* As main() gets it: the program's own name comes first. */
    words_add(&line, "celery-tmux-launch");
    words_add_all(&line, &call->options.arguments);
    if (options_read(&planned, line.count, line.word, problem)
        && (call->options.worker || check_command(&planned, problem))
        && read_config(call, planned.config, &source, problem)) {
        if (call->options.worker != NULL)
            print_nodes(call, problem);
        else
            print_plan(&planned, source.text);
    }
    source_clear(&source);
    options_clear(&planned);
    words_clear(&line);
    return problem->status;
}

const struct command command_plan = {
    .name = "plan", .usage = "-- [WORD]...",
    .help = "Check a command for many nodes and print what they need.",
    .internal = true,
    .accepts = ACCEPT_ARGUMENTS | ACCEPT_WORKER,
    .run = plan,
};
