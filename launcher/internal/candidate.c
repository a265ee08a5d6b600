/*
 * candidate.c - what a word may become, out of the configuration and the
 * table of settings.
 */
#include "internal/candidate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain.h"
#include "base/text.h"
#include "hostlist/hostlist.h"
#include "worker/inventory.h"
#include "worker/paths.h"

/* More nodes than these nobody chooses from, and to count them takes long. */
enum { MOST_NODES = 5000, MOST_LOOKED_AT = 200000 };

void
candidate_offer(const struct word *word, const char *text, const char *meaning)
{
    if (text_starts(text, word->begun))
        fprintf(plain_out, "%s%s%s%s\n", word->before, text,
            meaning ? "\t" : "", meaning ? meaning : "");
}

void
candidate_files(const struct word *word, const char *kind)
{
    fprintf(plain_out, "\t%s\t%s\n", kind, word->before);
}

static bool
has_configuration(const struct word *word)
{
    struct problem ignored = {0};
    char **file = &word->context->options.config, *path;
    bool good;

    if (*file != NULL) {
        path = path_at_home(*file, word->context->node.home);
        free(*file);
        *file = path;
    }
    good = (*file == NULL || strcmp(*file, "-") != 0)
        && context_configure(word->context, &ignored);
    problem_clear(&ignored);
    return good;
}

/* Instances only when they are asked for. */
static void
offer_instances(const struct word *word, const struct layer *own,
    const char *name)
{
    const struct layer *defaults = &word->context->config.defaults;
    long instances = layer_number(own->place[SETTING_INSTANCES] ? own
        : defaults, SETTING_INSTANCES);

    for (long i = 1; i <= instances && instances > 1
        && strchr(word->begun, '+'); i++) {
        char *instance = text_format("%s+%ld", name, i);

        candidate_offer(word, instance, NULL);
        free(instance);
    }
}

/* A worker that is named already is not named again. */
static void
offer_worker(const struct word *word, const struct layer *own,
    struct words *named)
{
    const struct configuration *config = &word->context->config;
    char *name = worker_name(config, own), *queue = worker_queue(config, own);
    char *meaning = text_format("queue %s", queue);

    if (!words_contain(named, name)) {
        candidate_offer(word, name, strcmp(name, queue) != 0 ? meaning : NULL);
        offer_instances(word, own, name);
        words_add(named, name);
    }
    free(meaning);
    free(queue);
    free(name);
}

void
candidate_workers(const struct word *word)
{
    const struct configuration *config = &word->context->config;
    const struct layer *layer;
    struct words named = {0};

    if (!has_configuration(word))
        return;
    words_add_all(&named, word->others);
    for (size_t i = 0; (layer = inventory_layer(config, i)) != NULL; i++)
        offer_worker(word, layer, &named);
    words_clear(&named);
}

void
candidate_queues(const struct word *word)
{
    struct words queues = {0};

    if (has_configuration(word))
        inventory_queues(&word->context->config, &queues);
    for (size_t i = 0; i < queues.count; i++)
        candidate_offer(word, queues.word[i], NULL);
    words_clear(&queues);
}

/* Nodes that begin as what is typed. */
struct nodes {
    const char *begun;
    struct words names;
    size_t looked_at;
};

static bool
look_at_node(const char *name, void *data)
{
    struct nodes *nodes = data;

    if (text_starts(name, nodes->begun))
        words_add(&nodes->names, name);
    return ++nodes->looked_at < MOST_LOOKED_AT
        && nodes->names.count < MOST_NODES;
}

static void
look_at_hosts(const struct layer *layer, struct nodes *nodes)
{
    const char *hosts = layer_text(layer, SETTING_HOSTS);
    struct problem ignored = {0};

    if (hosts != NULL && *hosts != '\0')
        hostlist_each(hosts, HOSTLIST_CONFIG, look_at_node, nodes, &ignored);
    problem_clear(&ignored);
}

/* All of them or none: some would make a shell complete what is not common. */
void
candidate_nodes(const struct word *word)
{
    const struct configuration *config = &word->context->config;
    struct nodes nodes = { .begun = word->begun };
    const char *last = "";

    if (!has_configuration(word))
        return;
    for (size_t i = 0; i < config->worker_count; i++)
        look_at_hosts(&config->workers[i].layer, &nodes);
    for (size_t i = 0; i < config->node_count; i++)
        look_at_hosts(&config->nodes[i].layer, &nodes);
    words_sort(&nodes.names);
    for (size_t i = 0; i < nodes.names.count
        && nodes.names.count < MOST_NODES
        && nodes.looked_at < MOST_LOOKED_AT; i++) {
        if (strcmp(nodes.names.word[i], last) != 0)
            candidate_offer(word, nodes.names.word[i], NULL);
        last = nodes.names.word[i];
    }
    words_clear(&nodes.names);
}

/* Leave `length` more bytes of the word as they are. */
void
candidate_keep(struct word *word, size_t length)
{
    text_append(&word->before, "%.*s", (int)length, word->begun);
    word->begun += length;
}

/* Of a host list the last part: behind a comma that is in no bracket. */
void
candidate_hosts(struct word *word)
{
    size_t start = 0;
    bool bracket = false;

    for (size_t i = 0; word->begun[i]; i++) {
        bracket = word->begun[i] == '[' || (bracket && word->begun[i] != ']');
        if (word->begun[i] == ',' && !bracket)
            start = i + 1;
    }
    candidate_keep(word, start);
    if (start > 0 && *word->begun == '-')
        candidate_keep(word, 1);
    if (*word->begun == '^') {
        candidate_keep(word, 1);
        candidate_files(word, "file");
    } else
        candidate_nodes(word);
}

/* Those that a line may set are options; then they end with "=". */
void
candidate_keys(const struct word *word, bool options)
{
    bool dashes = options && strchr(word->begun, '_') == NULL;

    for (int id = 0; id < SETTING_COUNT; id++) {
        char *key = text_format("%s%s%s", options ? "--" : "",
            settings[id].key, options ? "=" : "");

        for (char *c = key; dashes && *c; c++)
            *c = *c == '_' ? '-' : *c;
        if (settings[id].type != TYPE_REFUSED
            && !(options && settings[id].file_only))
            candidate_offer(word, key, settings[id].help);
        free(key);
    }
}

void
candidate_values(const struct word *word, const struct setting *setting)
{
    static const char *const on_off[] = { "true", "false", NULL };
    const char *const *choices = setting->type == TYPE_SWITCH ? on_off
        : setting->choices;

    for (size_t i = 0; choices && choices[i]; i++)
        candidate_offer(word, choices[i], setting->standard
            && strcmp(setting->standard, choices[i]) == 0 ? "default" : NULL);
    if (setting->type == TYPE_DIRECTORY)
        candidate_files(word, "directory");
    else if (setting->type == TYPE_FILE || setting->type == TYPE_WORDS)
        candidate_files(word, "file");
    else if (choices == NULL && setting->standard)
        candidate_offer(word, setting->standard, "default");
}

