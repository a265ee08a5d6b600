/*
 * cmd-check.c - is the configuration right, for this node or for all?
 */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "site.h"
#include "text.h"

/* The names of the workers that belong on a node, for a line. */
static bool
workers_on(const struct call *call, const char *name, char **line,
    struct problem *problem)
{
    struct node node = call->node;
    struct workers workers = {0};
    bool good;

    *line = NULL;
    node.name = name;
    good = workers_settle(&call->config, &call->options.layer, &node,
        &workers, problem);
    for (size_t i = 0; good && i < workers.count; i++)
        text_append(line, "%s%s", i ? ", " : "", workers.worker[i].name);
    if (*line == NULL)
        *line = text_copy("no worker");
    workers_clear(&workers);
    return good;
}

/* Print "ok: NODES: WORKERS" for neighbours that have the same workers. */
static void
print_group(const struct words *nodes, const char *workers)
{
    char *folded = hostlist_fold(nodes);

    printf("ok: %s: %s\n", folded, workers);
    free(folded);
}

/*
 * Every node by itself: what is wrong may be wrong on one only.  Nodes with
 * the same mistake have the same sentence, which is said once.
 */
static void
check_nodes(const struct call *call, const struct words *nodes,
    struct problem *problem)
{
    struct words group = {0};
    char *last = NULL, *line;

    for (size_t i = 0; i < nodes->count; i++) {
        struct problem found = {0};

        if (!workers_on(call, nodes->word[i], &line, &found)) {
            if (!problem->text || !strstr(problem->text, found.text))
                problem_set(problem, found.status, "%s (on %s)", found.text,
                    nodes->word[i]);
        } else {
            if (last != NULL && strcmp(last, line) != 0) {
                print_group(&group, last);
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
        print_group(&group, last);
    words_clear(&group);
    free(last);
}

static enum status
check(struct call *call, struct problem *problem)
{
    const char *file = call->config.file;
    struct words nodes = {0};
    char *line = NULL;

    if (call->options.hosts) {
        if (site_nodes(&call->config, &nodes, problem))
            check_nodes(call, &nodes, problem);
        if (problem->text == NULL && nodes.count == 0)
            printf("ok: %s names no nodes; every worker belongs on every "
                "node\n", file ? file : "no configuration");
        words_clear(&nodes);
    } else if (workers_on(call, call->node.name, &line, problem))
        printf("ok: %s: %s\n", file ? file : "no configuration, the built-in "
            "defaults", line);
    free(line);
    return problem->status;
}

const struct command command_check = {
    .name = "check", .usage = "",
    .help = "Tell whether the configuration is right for this node.",
    .needs = NEEDS_CONFIG,
    .accepts = ACCEPT_SETTINGS | ACCEPT_HOSTS,
    .run = check,
};
