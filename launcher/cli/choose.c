/*
 * choose.c - finds the workers that a command line means, by name and by
 * queue.
 */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "worker/inventory.h"

static bool
unknown_worker(const struct workers *all, const char *name,
    struct problem *problem)
{
    char *known = NULL;

    for (size_t i = 0; i < all->count && i < 20; i++)
        text_append(&known, "%s%s", i ? ", " : "", all->worker[i].name);
    problem_add(problem, STATUS_USAGE, "there is no worker %s on this node; "
        "there %s%s", name, !known ? "are none; see hosts in the configuration"
        : all->count == 1 ? "is " : "are ", known ? known : "");
    free(known);
    return false;
}

static bool
is_named(const struct workers *all, const struct worker *worker,
    const char *name)
{
    const char *number = text_number(name, worker->name);

    return strcmp(worker->name, name) == 0
        || text_number(worker->name, name) != NULL
        || (number != NULL && strcmp(number, "1") == 0
            && !workers_have_name(all, name));
}

bool
context_means(const struct context *context, const struct workers *all,
    const struct worker *worker)
{
    const struct words *names = &context->options.arguments;
    const struct words *queues = &context->options.queues;
    bool means = (names->count == 0 && queues->count == 0)
        || words_contain(queues, worker->queue);

    for (size_t i = 0; i < names->count && !means; i++)
        means = is_named(all, worker, names->word[i]);
    return means;
}

/* Is it another node's, and an instance of one that is not here at all? */
static bool
is_elsewhere(const struct context *context, const struct workers *all,
    const char *name)
{
    char *configured = inventory_configured_name(&context->config, name);
    bool elsewhere = inventory_has_worker(&context->config, configured)
        && !workers_have_name(all, configured);

    free(configured);
    return elsewhere;
}

/*
 * That a worker belongs on other nodes is no mistake: the same words go to many
 * nodes.
 */
static bool
check_name(const struct context *context, const struct workers *all,
    const char *name, struct problem *problem)
{
    for (size_t i = 0; i < all->count; i++)
        if (is_named(all, &all->worker[i], name))
            return true;
    if (!is_elsewhere(context, all, name))
        return unknown_worker(all, name, problem);
    problem_add(problem, STATUS_DONE, "%s does not belong on %s; nothing to "
        "do", name, context->node.name);
    return true;
}

/* The queues asked for that no worker has. */
static void
missing_queues(const struct context *context, const struct workers *all,
    struct words *missing)
{
    const struct words *queues = &context->options.queues;

    for (size_t i = 0; i < queues->count; i++) {
        bool found = words_contain(missing, queues->word[i]);

        for (size_t j = 0; j < all->count; j++)
            found = found || strcmp(all->worker[j].queue, queues->word[i])
                == 0;
        if (!found)
            words_add(missing, queues->word[i]);
    }
}

/* The word most like `word`, if that is near enough, or NULL. */
static const char *
nearest(const struct words *words, const char *word)
{
    size_t least = strlen(word) / 3 + 2;
    const char *found = NULL;

    for (size_t i = 0; i < words->count; i++) {
        size_t distance = text_distance(words->word[i], word);

        if (distance < least) {
            least = distance;
            found = words->word[i];
        }
    }
    return found;
}

static bool
unknown_queue(const struct context *context, const char *queue,
    const struct words *queues, struct problem *problem)
{
    const char *file = context->config.file, *near = nearest(queues, queue);
    struct words names = {0};
    char *known = NULL;

    if (strcmp(file, "-") == 0)
        file = "the configuration";
    inventory_workers(&context->config, &names);
    for (size_t i = 0; i < queues->count && i < 20; i++)
        text_append(&known, "%s--queue %s", i ? " or " : "", queues->word[i]);
    if (near != NULL)
        problem_add(problem, STATUS_USAGE, "%s has no worker for the queue "
            "%s; did you mean --queue %s?", file, queue, near);
    else if ((near = nearest(&names, queue)) != NULL)
        problem_add(problem, STATUS_USAGE, "%s has no worker for the queue "
            "%s; did you mean the worker %s, without --queue?", file, queue,
            near);
    else
        problem_add(problem, STATUS_USAGE, "%s has no worker for the queue "
            "%s; write %s, or add a worker of that queue to it", file, queue,
            known);
    words_clear(&names);
    free(known);
    return false;
}

/*
 * A queue that no worker here has.  What looks at records, or ends what they
 * tell of, goes on with it; nothing is begun that a configuration with workers
 * does not know, for that may be a typing error.
 */
static bool
add_queue(const struct context *context, const char *queue,
    struct workers *all, struct problem *problem)
{
    struct words queues = {0};
    bool good = true;

    inventory_queues(&context->config, &queues);
    if (context->config.worker_count == 0 || *queue == '\0'
        || (context->command->needs & FINDS_QUEUES))
        good = workers_add_queue(&context->config, &context->options.layer,
            &context->node, queue, all, problem);
    else if (!words_contain(&queues, queue))
        good = unknown_queue(context, queue, &queues, problem);
    else
        problem_add(problem, STATUS_DONE, "no worker for the queue %s belongs "
            "on %s; nothing to do", queue, context->node.name);
    words_clear(&queues);
    return good;
}

bool
context_pick(struct context *context, struct workers *all,
    struct problem *problem)
{
    const struct words *names = &context->options.arguments;
    struct words missing = {0};
    bool *desired, good = true;
    size_t configured = all->count;

    /* Root has chosen them for us. */
    if (context->options.for_root != NULL) {
        context->workers = *all;
        *all = (struct workers){0};
        return true;
    }
    missing_queues(context, all, &missing);
    for (size_t i = 0; good && i < missing.count; i++)
        good = add_queue(context, missing.word[i], all, problem);
    desired = text_allocate(all->count, sizeof *desired);
    for (size_t i = 0; i < all->count; i++)
        desired[i] = i >= configured
            || context_means(context, all, &all->worker[i]);
    for (size_t i = 0; good && i < names->count; i++)
        good = check_name(context, all, names->word[i], problem);
    if (good)
        workers_take(all, desired, &context->workers);
    free(desired);
    words_clear(&missing);
    return good;
}

bool
context_refuse_many(const struct context *context, const char *why,
    struct problem *problem)
{
    const struct workers *chosen = &context->workers;
    const char *first = chosen->count > 1 ? chosen->worker[0].name : NULL;

    /* To name what all of them are instances of would not help. */
    for (size_t i = 1; i < chosen->count; i++)
        if (first && text_number(chosen->worker[i].name, first) == NULL)
            first = NULL;
    return problem_add(problem, STATUS_USAGE, "%s; name one%s%s%s", why,
        first ? ", as in " : "", first ? first : "", first ? "+1" : "");
}
