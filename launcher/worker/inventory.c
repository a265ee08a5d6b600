/*
 * inventory.c - reads host lists and names out of a configuration.
 */
#include "worker/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "hostlist/hostlist.h"
#include "worker/worker.h"

const struct layer *
inventory_layer(const struct configuration *config, size_t index)
{
    static const struct layer nothing;

    if (index < config->worker_count)
        return &config->workers[index].layer;
    return index == 0 ? &nothing : NULL;
}

static bool
add_hosts(const struct layer *layer, struct words *all,
    struct problem *problem)
{
    const char *hosts = layer_text(layer, SETTING_HOSTS);

    return hosts == NULL || *hosts == '\0'
        || hostlist_expand(hosts, HOSTLIST_CONFIG, all, problem);
}

/* Each word once; sorting keeps thousands of nodes quick. */
static void
add_once(const struct words *all, struct words *nodes)
{
    struct words sorted = {0};

    words_add_all(&sorted, all);
    words_sort(&sorted);
    for (size_t i = 0; i < sorted.count; i++)
        if (i == 0 || strcmp(sorted.word[i - 1], sorted.word[i]) != 0)
            words_add(nodes, sorted.word[i]);
    words_clear(&sorted);
}

bool
inventory_nodes(const struct configuration *config, struct words *nodes,
    struct problem *problem)
{
    struct words all = {0};
    bool good = true;

    for (size_t i = 0; good && i < config->worker_count; i++)
        good = add_hosts(&config->workers[i].layer, &all, problem);
    for (size_t i = 0; good && i < config->node_count; i++)
        good = add_hosts(&config->nodes[i].layer, &all, problem);
    if (good)
        add_once(&all, nodes);
    words_clear(&all);
    return good;
}

static bool
is_called(const struct configuration *config, const struct layer *layer,
    const char *name)
{
    char *own = worker_name(config, layer);
    bool same = strcmp(own, name) == 0;

    free(own);
    return same;
}

/* Add a word that the caller gives, unless it is there. */
static void
add_new(struct words *words, char *word)
{
    if (!words_contain(words, word))
        words_add(words, word);
    free(word);
}

void
inventory_workers(const struct configuration *config, struct words *names)
{
    const struct layer *layer;

    for (size_t i = 0; (layer = inventory_layer(config, i)) != NULL; i++)
        add_new(names, worker_name(config, layer));
}

void
inventory_queues(const struct configuration *config, struct words *queues)
{
    const struct layer *layer;

    for (size_t i = 0; (layer = inventory_layer(config, i)) != NULL; i++)
        add_new(queues, worker_queue(config, layer));
    for (size_t i = 0; i < config->node_count; i++)
        if (config->nodes[i].layer.place[SETTING_QUEUE] != NULL)
            add_new(queues, worker_queue(config, &config->nodes[i].layer));
}

bool
inventory_has_worker(const struct configuration *config, const char *name)
{
    const struct layer *layer;

    for (size_t i = 0; (layer = inventory_layer(config, i)) != NULL; i++)
        if (is_called(config, layer, name))
            return true;
    return false;
}

char *
inventory_configured_name(const struct configuration *config, const char *name)
{
    const char *plus = strrchr(name, '+');
    char *stem = text_copy_part(name, plus ? plus - name : 0);
    bool numbered = text_number(name, stem) != NULL;

    if (numbered && !inventory_has_worker(config, name))
        return stem;
    free(stem);
    return text_copy(name);
}

/* Several entries may have one name, each for other nodes. */
bool
inventory_worker_nodes(const struct configuration *config, const char *name,
    struct words *nodes, struct problem *problem)
{
    const struct layer *layer;
    struct words all = {0};
    bool good = true;

    if (!inventory_has_worker(config, name))
        return problem_add(problem, STATUS_USAGE, "there is no worker %s in "
            "%s; name one that is", name, config->file ? config->file
            : "any configuration");
    for (size_t i = 0; good && (layer = inventory_layer(config, i)); i++) {
        const char *hosts = layer_text(layer, SETTING_HOSTS);

        if (!is_called(config, layer, name))
            continue;
        good = hosts && *hosts ? add_hosts(layer, &all, problem)
            : inventory_nodes(config, &all, problem);
    }
    if (good)
        add_once(&all, nodes);
    words_clear(&all);
    return good;
}
