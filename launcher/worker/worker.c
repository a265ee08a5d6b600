/*
 * worker.c - resolves workers: built-in defaults, then the group
 * `defaults`, the worker itself, what `nodes` says of this node, and the
 * command line; then the names that follow from all that.
 */
#include "worker/worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "hostlist/hostlist.h"
#include "worker/inventory.h"
#include "worker/names.h"
#include "worker/paths.h"

/* tmux could take more, but the session is a directory's name as well. */
enum { LONGEST_SESSION = 200 };

/* Everything that resolving one worker needs to know. */
struct resolving {
    const struct configuration *config;
    const struct layer *options;
    const struct node *node;
    struct problem *problem;
};

/* A worker without a name is called by its queue. */
static char *
own_name(const struct layer *layer)
{
    const char *own = layer_text(layer, SETTING_NAME);

    return own ? text_copy(own)
        : words_join(&layer->value[SETTING_QUEUE], ",");
}

static void
resolve_names(struct worker *worker, unsigned instance)
{
    struct layer *layer = &worker->layer;
    const char *session = layer_text(layer, SETTING_SESSION);
    char *text;

    worker->queue = words_join(&layer->value[SETTING_QUEUE], ",");
    worker->name = own_name(layer);
    worker->session = session ? name_session(session)
        : name_session_of_queue(worker->queue);
    if (instance > 1) {
        text_append(&worker->name, "+%u", instance);
        text_append(&worker->session, "+%u", instance);
    }
    if (layer->value[SETTING_HOSTNAME].count == 0)
        text = name_node(worker->name);
    else if (instance > 1)
        text = name_numbered_node(layer_text(layer, SETTING_HOSTNAME),
            instance);
    else
        text = text_copy(layer_text(layer, SETTING_HOSTNAME));
    layer_replace(layer, SETTING_HOSTNAME, text);
    free(text);
    layer_replace(layer, SETTING_NAME, worker->name);
    layer_replace(layer, SETTING_SESSION, worker->session);
    layer_replace(layer, SETTING_INSTANCES, "1");
    words_clear(&layer->value[SETTING_HOSTS]);
}

/* Where a name comes from: a worker without one is called after its queue. */
static const char *
name_place(const struct configuration *config, const struct worker *worker,
    enum setting_id id)
{
    const enum setting_id ids[] = { id, SETTING_QUEUE, SETTING_NAME };

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const char *place = worker->layer.place[ids[i]];

        if (place != NULL && strcmp(place, LAYER_NOT_SAID) != 0)
            return place;
    }
    return config->file ? config->file : "without a configuration";
}

static bool
check_names(const struct resolving *resolving, const struct workers *workers,
    const struct worker *worker)
{
    const char *node_name_of = layer_text(&worker->layer, SETTING_HOSTNAME);
    const struct configuration *config = resolving->config;
    const char *named = name_place(config, worker, SETTING_NAME);
    const char *session = name_place(config, worker, SETTING_SESSION);
    const char *hostname = name_place(config, worker, SETTING_HOSTNAME);

    if (strlen(worker->session) > LONGEST_SESSION)
        return problem_add(resolving->problem, layer_status_at(session),
            "%s: the session of worker %.40s%s would have a name of %zu "
            "bytes, more than %d; set session to a shorter one", session,
            worker->name, strlen(worker->name) > 40 ? "..." : "",
            strlen(worker->session), LONGEST_SESSION);
    for (size_t i = 0; i < workers->count; i++) {
        const struct worker *other = &workers->worker[i];

        if (strcmp(other->name, worker->name) == 0)
            return problem_add(resolving->problem, layer_status_at(named),
                "%s: there is already a worker %s; set name and session for "
                "this one, or use instances for several alike", named,
                worker->name);
        if (!resolving->node->one_session
            && strcmp(other->session, worker->session) == 0)
            return problem_add(resolving->problem, layer_status_at(session),
                "%s: workers %s and %s would have the same session %s; set "
                "session for one of them", session, other->name,
                worker->name, worker->session);
        if (strcmp(layer_text(&other->layer, SETTING_HOSTNAME),
            node_name_of) == 0)
            return problem_add(resolving->problem, layer_status_at(hostname),
                "%s: workers %s and %s would have the same Celery node name "
                "%s; set hostname for one of them", hostname, other->name,
                worker->name, node_name_of);
    }
    return true;
}

/* The layer is taken over. */
static bool
add_instance(const struct resolving *resolving, struct layer *layer,
    unsigned instance, struct workers *workers)
{
    const char *origin = configuration_origin(resolving->config);
    struct worker worker = {
        .origin = text_copy(origin ? origin : ""), .layer = *layer
    };

    *layer = (struct layer){0};
    resolve_names(&worker, instance);
    if (!worker_resolve_paths(&worker, resolving->node->home,
            resolving->problem)
        || (!resolving->node->anywhere
            && !check_names(resolving, workers, &worker))) {
        worker_clear(&worker);
        return false;
    }
    workers_add(workers, &worker);
    return true;
}

/* The bin directory of virtualenv comes first in PATH and has a Celery. */
static void
resolve_celery(struct layer *layer, const struct node *node)
{
    bool beside = node->celery != NULL
        && layer_text(layer, SETTING_VIRTUALENV) == NULL;

    if (layer_text(layer, SETTING_CELERY_CMD) == NULL)
        layer_replace(layer, SETTING_CELERY_CMD, beside ? node->celery
            : "celery");
}

/* A layer that says all that `layer` came to, so that it can be merged. */
static void
mark_said(struct layer *layer)
{
    for (int id = 0; id < SETTING_COUNT; id++)
        if (layer->place[id] == NULL && layer->value[id].count > 0)
            layer->place[id] = text_copy(LAYER_NOT_SAID);
}

static bool
belongs(const struct resolving *resolving, const struct layer *layer,
    bool *belongs_here)
{
    const char *hosts = layer_text(layer, SETTING_HOSTS);
    const char *place = layer->place[SETTING_HOSTS];

    *belongs_here = true;
    if (hosts == NULL || *hosts == '\0')
        return true;
    return hostlist_match(hosts, resolving->node->name, belongs_here, place,
        resolving->problem);
}

/* Lay what `nodes` says of this node and this worker over the layer. */
static bool
merge_nodes(const struct resolving *resolving, struct layer *layer)
{
    const struct configuration *config = resolving->config;
    /* An entry may give the worker another name. */
    char *name = own_name(layer);
    bool good = true;

    for (size_t i = 0; good && i < config->node_count; i++) {
        const struct config_entry *entry = &config->nodes[i];
        /* Borrowed; these hosts are the entry's own, not the worker's. */
        struct layer over = entry->layer;
        bool here = false;

        if (entry->worker != NULL && strcmp(entry->worker, name) != 0)
            continue;
        good = belongs(resolving, &entry->layer, &here);
        if (!good || !here)
            continue;
        over.place[SETTING_HOSTS] = NULL;
        layer_merge(layer, &over);
    }
    free(name);
    return good;
}

static void
merge_own(const struct configuration *config, const struct layer *own,
    struct layer *layer)
{
    layer_standard(layer);
    layer_merge(layer, &config->defaults);
    layer_merge(layer, own);
}

static bool
worker_resolve(const struct resolving *resolving, const struct layer *own,
    struct workers *workers)
{
    struct layer layer = {0};
    bool good, here = true;
    long instances;

    merge_own(resolving->config, own, &layer);
    good = belongs(resolving, &layer, &here);
    if (good && (here || resolving->node->anywhere)) {
        good = merge_nodes(resolving, &layer);
        layer_merge(&layer, resolving->options);
        instances = layer_number(&layer, SETTING_INSTANCES);
        resolve_celery(&layer, resolving->node);
        mark_said(&layer);
        for (long i = 1; good && i < instances; i++) {
            struct layer copy = {0};

            layer_merge(&copy, &layer);
            good = add_instance(resolving, &copy, i, workers);
        }
        good = good && add_instance(resolving, &layer, instances, workers);
    }
    layer_clear(&layer);
    return good;
}

char *
worker_name(const struct configuration *config, const struct layer *own)
{
    struct layer layer = {0};
    char *name;

    merge_own(config, own, &layer);
    name = own_name(&layer);
    layer_clear(&layer);
    return name;
}

char *
worker_queue(const struct configuration *config, const struct layer *own)
{
    struct layer layer = {0};
    char *queue;

    merge_own(config, own, &layer);
    queue = words_join(&layer.value[SETTING_QUEUE], ",");
    layer_clear(&layer);
    return queue;
}

/* Every entry of nodes that names a worker must name one that exists. */
static bool
check_node_workers(const struct resolving *resolving)
{
    const struct configuration *config = resolving->config;

    for (size_t i = 0; i < config->node_count; i++) {
        const char *name = config->nodes[i].worker;

        if (name != NULL && !inventory_has_worker(config, name))
            return problem_add(resolving->problem, STATUS_CONFIG, "%s: there "
                "is no worker %s; name a worker", config
                ->nodes[i].place, name);
    }
    return true;
}

bool
workers_resolve(const struct configuration *config,
    const struct layer *options, const struct node *node,
    struct workers *workers, struct problem *problem)
{
    struct resolving resolving = { config, options, node, problem };
    bool good = check_node_workers(&resolving);
    const struct layer *layer;

    for (size_t i = 0; good && (layer = inventory_layer(config, i)); i++)
        good = worker_resolve(&resolving, layer, workers);
    return good;
}

bool
workers_add_queue(const struct configuration *config,
    const struct layer *options, const struct node *node, const char *queue,
    struct workers *workers, struct problem *problem)
{
    struct resolving resolving = { config, options, node, problem };
    struct words written = {0};
    struct layer own = {0};
    bool good;

    if (*queue == '\0')
        return problem_add(problem, STATUS_USAGE, "--queue is empty; name the "
            "queue of a worker");
    words_add(&written, queue);
    good = layer_set(&own, SETTING_QUEUE, &written, "--queue", STATUS_USAGE,
        false, problem);
    words_clear(&written);
    /* Some other worker may be called as this queue is. */
    if (good && workers_have_name(workers, queue)) {
        char *name = name_session_of_queue(queue);

        words_add(&written, name);
        good = layer_set(&own, SETTING_NAME, &written, "--queue",
            STATUS_USAGE, false, problem);
        free(name);
    }
    good = good && worker_resolve(&resolving, &own, workers);
    layer_clear(&own);
    words_clear(&written);
    return good;
}
