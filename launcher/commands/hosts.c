/*
 * hosts.c - what a host list stands for, so that people can ask before
 * they aim a command at it, and scripts need no second tool for it.
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/plain.h"
#include "base/text.h"
#include "hostlist/hostlist.h"
#include "worker/inventory.h"

/*
 * All arguments as one list, so that an exclusion works on each; without any,
 * standard input, except that nobody is made to wait for a terminal.  NULL
 * with a sentence then.
 */
static char *
join_lists(const struct words *arguments, struct problem *problem)
{
    struct text_stream list;

    if (arguments->count == 0 && !isatty(STDIN_FILENO))
        return text_copy("^-");
    if (arguments->count == 0) {
        problem_add(problem, STATUS_USAGE, "name a host list, as in "
            "celery-tmux-launch hosts 'node[001-010]'");
        return NULL;
    }
    text_open(&list);
    for (size_t i = 0; i < arguments->count; i++) {
        const char *word = arguments->word[i];

        fprintf(list.file, "%s%s", i > 0 ? "," : "",
            strcmp(word, "-") == 0 ? "^-" : word);
    }
    return text_close(&list);
}

static bool
print_name(const char *name, void *data)
{
    (void)data;
    return fprintf(plain_out, "%s\n", name) >= 0;
}

static void
hosts_print_folded(const char *list, struct problem *problem)
{
    struct words names = {0};
    char *folded;

    if (hostlist_expand(list, HOSTLIST_COMMAND, &names, problem)) {
        folded = hostlist_fold(&names);
        fprintf(plain_out, "%s\n", folded);
        free(folded);
    }
    words_clear(&names);
}

static enum status
print_hosts(const struct words *arguments, bool fold, struct problem *problem)
{
    char *list = join_lists(arguments, problem);

    if (list != NULL && fold)
        hosts_print_folded(list, problem);
    else if (list != NULL)
        hostlist_each(list, HOSTLIST_COMMAND, print_name, NULL, problem);
    free(list);
    return problem->status;
}

static enum status
print_worker(const struct context *context, struct problem *problem)
{
    struct words names = {0};
    char *folded;

    if (context->options.arguments.count > 0)
        problem_add(problem, STATUS_USAGE, "--worker cannot be combined with "
            "a host list; leave one out");
    else if (inventory_worker_nodes(&context->config, context->options.worker,
                 &names, problem)) {
        folded = context->options.fold ? hostlist_fold(&names)
            : words_join(&names, "\n");
        if (*folded)
            fprintf(plain_out, "%s\n", folded);
        free(folded);
    }
    words_clear(&names);
    return problem->status;
}

/* For who wants to ask about each: etc/clustershell/celery.conf does. */
static enum status
print_workers(struct context *context, struct problem *problem)
{
    const struct options *options = &context->options;
    struct words names = {0};

    if (options->worker || options->fold || options->arguments.count > 0)
        problem_add(problem, STATUS_USAGE, "--workers takes no host list; "
            "leave it out");
    else if (context_configure(context, problem)) {
        inventory_workers(&context->config, &names);
        for (size_t i = 0; i < names.count; i++)
            fprintf(plain_out, "%s\n", names.word[i]);
    }
    words_clear(&names);
    return problem->status;
}

static enum status
hosts(struct context *context, struct problem *problem)
{
    if (context->options.workers)
        return print_workers(context, problem);
    if (context->options.worker != NULL)
        return context_configure(context, problem)
            ? print_worker(context, problem)
            : problem->status;
    return print_hosts(&context->options.arguments, context->options.fold,
        problem);
}

const struct command command_hosts = {
    .name = "hosts", .usage = "[LIST]...",
    .help = "Print the names that host lists stand for.",
    .accepts = ACCEPT_ARGUMENTS | ACCEPT_FOLD | ACCEPT_WORKER
        | ACCEPT_NAMES,
    .run = hosts,
};
