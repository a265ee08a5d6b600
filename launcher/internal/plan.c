/*
 * plan.c - the head's part of a command that goes to many nodes.
 *
 *     plan [--worker=NAME | --print] -- WORD...
 *
 * Checks what can be checked here, so that no node is contacted for nothing,
 * and prints what each node needs: its command line behind the name of the
 * program, for a shell, up to a NUL byte; then the configuration that it is
 * to read from standard input, with what it includes put in.  Nothing behind
 * the NUL means that this machine has no configuration and nodes use their
 * own.  With --worker it prints the nodes of a worker instead, as one host
 * list.  pdsh-module/ is who calls it.
 *
 * With --print it prints that configuration alone, for another program that
 * hands its standard input to many nodes, such as clush; then there must be
 * one, and without a WORD the configuration is all that is checked.
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain.h"
#include "base/text.h"
#include "config/source.h"
#include "hostlist/hostlist.h"
#include "users/run-as.h"
#include "worker/inventory.h"

/* Is it a command that would be obeyed?  None at all may be --help. */
static bool
check_command(struct context *planned, struct problem *problem)
{
    struct options *options = &planned->options;

    command_words(options);
    if (options->help || options->version)
        return true;
    if (options->command == NULL)
        return problem_add(problem, STATUS_USAGE, "name the command for the "
            "nodes at the end of the line, such as start; plan --print prints "
            "the configuration alone");
    planned->command = command_find(options->command, problem);
    return planned->command != NULL
        && options_check(options, planned->command->accepts, problem);
}

/*
 * A call of the program as its command line says it, but on this machine, for
 * all nodes.  As a worker's user we get the configuration from root.
 */
static bool
read_planned(const struct context *context, struct context *planned,
    struct problem *problem)
{
    const char *for_root = context->options.for_root;
    bool no_command = context->options.worker != NULL
        || (context->options.print && context->options.arguments.count == 0);
    struct words line = {0};
    bool good;

    /* As main() gets it: the program's own name comes first. */
    words_add(&line, "celery-tmux-launch");
    words_add_all(&line, &context->options.arguments);
    good = options_read(&planned->options, line.count, line.word, problem)
        && (no_command || check_command(planned, problem))
        && account_read(&planned->account, NULL, problem);
    words_clear(&line);
    if (!good)
        return false;
    if (for_root != NULL) {
        free(planned->options.config);
        planned->options.config = text_copy("-");
        planned->options.for_root = text_copy(for_root);
    } else if (planned->options.config == NULL && context->options.config)
        planned->options.config = text_copy(context->options.config);
    planned->node = account_node(&planned->account, NULL);
    planned->node.anywhere = true;
    return context_configure(planned, problem);
}

/* May an entry of nodes give workers other names than they have elsewhere? */
static bool
nodes_rename(const struct configuration *config)
{
    static const enum setting_id ids[] = {
        SETTING_NAME, SETTING_QUEUE, SETTING_SESSION, SETTING_HOSTNAME,
        SETTING_INSTANCES
    };

    for (size_t i = 0; i < config->node_count; i++)
        for (size_t j = 0; j < sizeof ids / sizeof *ids; j++)
            if (config->nodes[i].layer.place[ids[j]] != NULL)
                return true;
    return false;
}

/*
 * Workers without hosts that have one name have it on every node, so none
 * would do anything.  They are all that belongs on a node without a name.
 */
static bool
check_names(const struct context *context, const struct context *planned,
    struct problem *problem)
{
    struct workers workers = {0};
    struct node node = planned->node;
    unsigned needs = planned->command ? planned->command->needs : 0;
    bool good;

    if (context->options.for_root != NULL || !(needs & NEEDS_WORKERS)
        || (needs & NEEDS_ALL) || nodes_rename(&planned->config))
        return true;
    node.name = "";
    node.anywhere = false;
    node.one_session = needs & NEEDS_ONE;
    good = workers_resolve(&planned->config, &planned->options.layer, &node,
        &workers, problem);
    workers_clear(&workers);
    return good;
}

/*
 * The head's part, told on standard error, since the plan goes to standard
 * output.  For other users root calls the whole plan once more.
 */
static bool
do_heads_part(const struct context *context, struct context *planned,
    struct problem *problem)
{
    const struct command *command = planned->command;
    struct context as_others;
    enum status status;

    if (command == NULL || !(command->needs & BEGINS_RUNS)
        || planned->options.no_sync)
        return true;
    if (!context_choose(planned, problem)
        || !context_sync(planned, plain_err, NULL, problem))
        return false;
    as_others = *planned;
    as_others.command = context->command;
    as_others.options.elsewhere = context->options.elsewhere;
    as_others.options.sync = false;
    status = run_as(&as_others, STATUS_DONE, problem);
    return status == STATUS_DONE || problem_add(problem, status, "the head's "
        "part failed, so no node is contacted");
}

/* The last line may be a comment without an end. */
static void
print_configuration(const struct context *planned)
{
    const char *file = planned->config.file;
    bool is_name = strstr(file, "*/") == NULL && strchr(file, '\n') == NULL;

    fprintf(plain_out, SOURCE_BEGIN "%s" SOURCE_BEGUN "%s\n" SOURCE_END,
        is_name ? file : "-", planned->source.text);
}

static void
print_plan(const struct context *planned)
{
    const char *config = planned->source.text;
    char *words = words_to_shell(&planned->options.elsewhere);

    plain_pass();
    fprintf(plain_out, "%s--head=" VERSION " %s", config ? "--config=- " : "",
        words);
    putc('\0', plain_out);
    if (config != NULL)
        print_configuration(planned);
    free(words);
}

/* Without a command every worker is looked at, on whatever node it is. */
static bool
print_for_pipe(struct context *planned, struct problem *problem)
{
    if (planned->source.text == NULL)
        return problem_add(problem, STATUS_CONFIG, "there is no configuration "
            "to print; write one, or name it with --config");
    if (planned->command == NULL && !context_resolve(planned, problem))
        return false;
    plain_pass();
    print_configuration(planned);
    return true;
}

static bool
print_nodes(const struct context *planned, const char *worker,
    struct problem *problem)
{
    struct words names = {0};
    char *folded;
    bool good;

    good = inventory_worker_nodes(&planned->config, worker, &names, problem);
    if (good && names.count == 0)
        good = problem_add(problem, STATUS_USAGE, "the configuration names no "
            "nodes for worker %s; give it hosts = \"...\", or name the nodes "
            "with -w", worker);
    if (good) {
        folded = hostlist_fold(&names);
        fprintf(plain_out, "%s\n", folded);
        free(folded);
    }
    words_clear(&names);
    return good;
}

static enum status
plan(struct context *context, struct problem *problem)
{
    struct context planned = {0};

    if (read_planned(context, &planned, problem)) {
        if (context->options.worker != NULL)
            print_nodes(&planned, context->options.worker, problem);
        else if (check_names(context, &planned, problem)
            && do_heads_part(context, &planned, problem)
            && context->options.for_root == NULL) {
            if (context->options.print)
                print_for_pipe(&planned, problem);
            else
                print_plan(&planned);
        }
    }
    context_clear(&planned);
    return problem->status;
}

const struct command command_plan = {
    .name = "plan", .usage = "[WORD]...",
    .help = "Check a command for many nodes and print what they need.",
    .needs = LASTS_LONG | IS_OBEYED,
    .accepts = ACCEPT_ARGUMENTS | ACCEPT_WORKER | ACCEPT_PRINT,
    .run = plan,
};
