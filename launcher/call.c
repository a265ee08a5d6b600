/*
 * call.c - reads the configuration for one call of the program and chooses
 * the workers it is about.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "site.h"
#include "text.h"
#include "trust.h"

/* Move the workers that are `wanted` to `chosen`, in configuration order. */
static void
choose(struct workers *all, const bool *wanted, struct workers *chosen)
{
    for (size_t i = 0; i < all->count; i++) {
        if (!wanted[i]) {
            worker_clear(&all->worker[i]);
            continue;
        }
        chosen->worker = text_reallocate(chosen->worker, chosen->count + 1,
            sizeof *chosen->worker);
        chosen->worker[chosen->count++] = all->worker[i];
    }
    free(all->worker);
    *all = (struct workers){0};
}

static bool
unknown_worker(const struct workers *all, const char *name,
    struct problem *problem)
{
    char *known = NULL;

    for (size_t i = 0; i < all->count && i < 20; i++)
        text_append(&known, "%s%s", i ? ", " : "", all->worker[i].name);
    problem_set(problem, STATUS_USAGE, "there is no worker %s on this node; "
        "there %s%s", name, !known ? "is none at all" : all->count == 1
        ? "is " : "are ", known ? known : "");
    free(known);
    return false;
}

/*
 * By name, NAME alone standing for all of its instances.  That a worker
 * belongs on other nodes is no mistake: the same words go to many nodes.
 */
static bool
choose_name(const struct call *call, const struct workers *all,
    const char *name, bool *wanted, struct problem *problem)
{
    size_t length = strlen(name);
    bool found = false;

    for (size_t i = 0; i < all->count; i++) {
        const char *other = all->worker[i].name;

        if (strcmp(other, name) == 0 || (strncmp(other, name, length) == 0
            && other[length] == '+'
            && other[length + 1 + strspn(other + length + 1, "0123456789")]
                == '\0')) {
            wanted[i] = true;
            found = true;
        }
    }
    if (!found && !site_has_worker(&call->config, name))
        return unknown_worker(all, name, problem);
    if (!found)
        problem_set(problem, STATUS_DONE, "%s does not belong on %s; nothing "
            "to do", name, call->node.name);
    return true;
}

/* The queues asked for that no worker has. */
static void
missing_queues(const struct call *call, const struct workers *all,
    struct words *missing)
{
    const struct words *queues = &call->options.queues;

    for (size_t i = 0; i < queues->count; i++) {
        bool found = words_contain(missing, queues->word[i]);

        for (size_t j = 0; j < all->count; j++)
            found = found || strcmp(all->worker[j].queue, queues->word[i])
                == 0;
        if (!found)
            words_add(missing, queues->word[i]);
    }
}

static bool
choose_workers(struct call *call, struct workers *all,
    struct problem *problem)
{
    const struct words *names = &call->options.arguments;
    const struct words *queues = &call->options.queues;
    struct words missing = {0};
    bool *wanted, good = true;
    size_t configured = all->count;

    missing_queues(call, all, &missing);
    for (size_t i = 0; good && i < missing.count; i++)
        good = workers_add_queue(&call->config, &call->options.layer,
            &call->node, missing.word[i], all, problem);
    wanted = text_allocate(all->count, sizeof *wanted);
    for (size_t i = 0; i < all->count; i++)
        wanted[i] = i >= configured
            || words_contain(queues, all->worker[i].queue)
            || (names->count == 0 && queues->count == 0);
    for (size_t i = 0; good && i < names->count; i++)
        good = choose_name(call, all, names->word[i], wanted, problem);
    if (good)
        choose(all, wanted, &call->workers);
    free(wanted);
    words_clear(&missing);
    return good;
}

bool
call_configure(struct call *call, struct problem *problem)
{
    char *file = configuration_find(call->options.config, call->node.home);
    bool good = file == NULL
        || configuration_read(&call->config, file, problem);

    free(file);
    return good;
}

bool
call_prepare(struct call *call, struct problem *problem)
{
    struct workers all = {0};
    bool good;

    good = call_configure(call, problem)
        && workers_settle(&call->config, &call->options.layer, &call->node,
            &all, problem)
        && choose_workers(call, &all, problem);
    workers_clear(&all);
    return good;
}

bool
call_recall(struct call *call, const char *directory, const char *which,
    struct problem *problem)
{
    struct record record = { .directory = text_copy(directory) };
    struct layer none = {0};
    char *home = NULL, *text = NULL, *name;
    bool good;

    good = trust_path(directory, problem);
    if (good) {
        home = record_read(&record, "home");
        text = record_read(&record, which);
        good = (home && text) || problem_set(problem, STATUS_UNAVAILABLE,
            "%s is no record of a worker; start the worker again", directory);
    }
    if (good) {
        account_clear(&call->account);
        good = account_read(&call->account, home, problem);
    }
    if (good) {
        name = text_format("%s/%s", directory, which);
        call->node = account_node(&call->account, NULL);
        good = configuration_read_text(&call->config, name, text, problem)
            && workers_settle(&call->config, &none, &call->node,
                &call->workers, problem);
        free(name);
    }
    free(home);
    free(text);
    record_clear(&record);
    return good;
}

void
call_clear(struct call *call)
{
    options_clear(&call->options);
    account_clear(&call->account);
    configuration_clear(&call->config);
    workers_clear(&call->workers);
    *call = (struct call){0};
}
