/*
 * check.c - is the configuration right, for this node or for all, and
 * can this node run its workers?
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "doctor/doctor.h"
#include "hostlist/hostlist.h"
#include "worker/inventory.h"

/* For a line; freed by the caller. */
static char *
worker_names(const struct workers *workers)
{
    char *names = NULL;

    for (size_t i = 0; i < workers->count; i++)
        text_append(&names, "%s%s", i ? ", " : "", workers->worker[i].name);
    return names ? names : text_copy("no worker");
}

/* The names of the workers that belong on a node. */
static bool
workers_on(const struct context *context, const char *name, char **line,
    struct problem *problem)
{
    struct node node = context->node;
    struct workers workers = {0};
    bool good;

    node.name = name;
    good = workers_resolve(&context->config, &context->options.layer, &node,
        &workers, problem);
    *line = worker_names(&workers);
    workers_clear(&workers);
    return good;
}

/* Print "ok: NODES: WORKERS" for neighbours that have the same workers. */
static void
print_group(struct doctor *doctor, const struct words *nodes,
    const char *workers)
{
    char *folded = hostlist_fold(nodes);
    char *line = text_format("%s: %s", folded, workers);

    doctor_print(doctor, "ok", "configuration", line);
    free(line);
    free(folded);
}

/*
 * Every node by itself: what is wrong may be wrong on one only.  Nodes with
 * the same mistake have the same sentence, which is said once.
 */
static void
check_nodes(struct doctor *doctor, const struct words *nodes,
    struct problem *problem)
{
    struct words group = {0};
    char *last = NULL, *line;

    for (size_t i = 0; i < nodes->count; i++) {
        struct problem found = {0};

        if (!workers_on(doctor->context, nodes->word[i], &line, &found)) {
            if (!problem->text || !strstr(problem->text, found.text))
                problem_add(problem, found.status, "%s (on %s)", found.text,
                    nodes->word[i]);
        } else {
            if (last != NULL && strcmp(last, line) != 0) {
                print_group(doctor, &group, last);
                words_clear(&group);
            }
            free(last);
            last = text_copy(line);
            words_add(&group, nodes->word[i]);
        }
        free(line);
        problem_clear(&found);
    }
    if (group.count > 0)
        print_group(doctor, &group, last);
    words_clear(&group);
    free(last);
}

static bool
says_nothing(const struct configuration *config)
{
    for (int id = 0; id < SETTING_COUNT; id++)
        if (config->defaults.place[id] != NULL)
            return false;
    return config->worker_count == 0 && config->node_count == 0;
}

/*
 * Say what was read.  A file that is empty is what a redirection leaves whose
 * program failed; both that and none leave everything to the defaults.
 */
static void
print_configuration(struct doctor *doctor, const char *names)
{
    const struct configuration *config = &doctor->context->config;
    char *line;

    if (config->file == NULL)
        line = text_format("there is no configuration, so the built-in "
            "defaults apply (%s); write "
            "~/.config/celery-tmux/celery-tmux.conf", names);
    else if (says_nothing(config))
        line = text_format("%s is empty, so the built-in defaults apply (%s); "
            "add workers and defaults, or remove it", config->file,
            names);
    else
        line = text_format("%s: %s", config->file, names);
    doctor_print(doctor, says_nothing(config) ? "warning" : "ok",
        "configuration", line);
    free(line);
}

/* Settle the configuration; then, unless that is all, examine the node. */
static enum status
check_here(struct doctor *doctor, struct context *context)
{
    char *names = worker_names(&context->workers);

    print_configuration(doctor, names);
    free(names);
    return context->options.dry_run ? STATUS_DONE : doctor_examine(doctor);
}

static void
check_everywhere(struct doctor *doctor, struct problem *problem)
{
    const struct configuration *config = &doctor->context->config;
    struct words nodes = {0};
    char *names = NULL;

    if (inventory_nodes(config, &nodes, problem))
        check_nodes(doctor, &nodes, problem);
    /* Where none is named all are alike, and this one will do. */
    if (problem->text == NULL && nodes.count == 0)
        workers_on(doctor->context, doctor->context->node.name, &names,
            problem);
    free(names);
    if (problem->text == NULL && says_nothing(config))
        print_configuration(doctor, "on every node");
    else if (problem->text == NULL && nodes.count == 0) {
        char *line = text_format("%s names no nodes; every worker belongs "
            "on every node", config->file);

        doctor_print(doctor, "ok", "configuration", line);
        free(line);
    }
    words_clear(&nodes);
}

/* To read is about the workers of all users, to examine about one's own. */
static bool
check_prepare(struct context *context, struct problem *problem)
{
    return context->options.dry_run ? context_configure(context, problem)
            && context_resolve(context, problem)
                                    : context_prepare(context, problem);
}

static enum status
check(struct context *context, struct problem *problem)
{
    struct doctor doctor = {
        .context = context, .json = context->options.json,
        .verbose = context->options.verbose, .setup = context->options.setup
    };
    enum status status = STATUS_DONE;

    if (context->options.hosts && (context->options.arguments.count > 0
        || context->options.queues.count > 0))
        problem_add(problem, STATUS_USAGE, "check --hosts takes no worker; "
            "leave it out");
    else if (context->options.hosts && context_configure(context, problem))
        check_everywhere(&doctor, problem);
    else if (!context->options.hosts && check_prepare(context, problem)
        && (context->workers.count > 0 || context->others.count == 0))
        status = check_here(&doctor, context);
    /* A queue whose workers belong elsewhere is no error. */
    if (context->options.json && problem->text != NULL)
        doctor_print(&doctor, problem->status == STATUS_DONE ? "ok" : "error",
            "configuration", problem->text);
    doctor_conclude(&doctor);
    return status_worse(status, problem->status);
}

const struct command command_check = {
    .name = "check", .usage = "[WORKER]...",
    .help = "Check whether the configuration is right and the workers would "
        "start.",
    .needs = ACTS_ANYWAY,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS | ACCEPT_DRY_RUN
        | ACCEPT_JSON | ACCEPT_HOSTS | ACCEPT_SETUP,
    .run = check,
};
