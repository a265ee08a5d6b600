/*
 * config.c - from libconfig's tree to layers.  Every mistake is
 * reported, not only the first, each with the file and line it stands at.
 */
#include "config/config.h"

#include <errno.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "config/source.h"

/* A configuration being read: into what, from where, and what was wrong. */
struct reading {
    struct configuration *config;
    const struct source *source;
    struct problem *problem;
};

static char *
element_place(const struct reading *reading, const config_setting_t *element)
{
    return source_place(reading->source,
        config_setting_source_line(element));
}

static bool
config_complain(const struct reading *reading, const config_setting_t *element,
    const char *sentence)
{
    char *place = element_place(reading, element);

    problem_add(reading->problem, STATUS_CONFIG, "%s: %s", place, sentence);
    free(place);
    return false;
}

/* The text of a scalar, or NULL when it is none; freed by the caller. */
static char *
scalar_text(const config_setting_t *element)
{
    switch (config_setting_type(element)) {
    case CONFIG_TYPE_STRING:
        return text_copy(config_setting_get_string(element));
    case CONFIG_TYPE_BOOL:
        return text_copy(config_setting_get_bool(element) ? "true"
            : "false");
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return text_format("%lld", config_setting_get_int64(element));
    case CONFIG_TYPE_FLOAT:
        return text_format("%.15g", config_setting_get_float(element));
    default:
        return NULL;
    }
}

/* Add what `element` says to `written`; false when no setting says that. */
static bool
element_words(const config_setting_t *element, enum setting_type type,
    struct words *written)
{
    bool group = config_setting_is_group(element), good = true;
    char *text = scalar_text(element);

    if (text != NULL) {
        words_add(written, text);
        free(text);
        return true;
    }
    if (group && type != TYPE_ENVIRONMENT)
        return false;
    for (int i = 0; good && i < config_setting_length(element); i++) {
        config_setting_t *item = config_setting_get_elem(element, i);

        text = scalar_text(item);
        good = text != NULL;
        if (good && group)
            words_addf(written, "%s=%s", config_setting_name(item), text);
        else if (good)
            words_add(written, text);
        free(text);
    }
    return good;
}

static bool
read_setting(const struct reading *reading, const config_setting_t *element,
    struct layer *layer)
{
    const char *key = config_setting_name(element), *near;
    enum setting_id id = setting_find(key);
    struct words written = {0};
    char *place, *sentence;
    bool good;

    if (id == SETTING_COUNT) {
        near = setting_nearest(key);
        sentence = near ? text_format("there is no setting %s; did you mean "
            "%s?", key, near) : text_format("there is no setting %s; "
            "celery-tmux-launch settings lists them", key);
        config_complain(reading, element, sentence);
        free(sentence);
        return false;
    }
    place = element_place(reading, element);
    if (!element_words(element, settings[id].type, &written))
        good = problem_add(reading->problem, STATUS_CONFIG, "%s: %s is a "
            "group or list instead of a value; write %s", place, key,
            settings[id].type == TYPE_LIST ? "[ \"TEXT\", ... ]"
            : settings[id].type == TYPE_ENVIRONMENT
            ? "{ NAME = \"TEXT\"; ... }" : "one value");
    else
        good = layer_set(layer, id, &written, place, STATUS_CONFIG, false,
            reading->problem);
    words_clear(&written);
    free(place);
    return good;
}

static bool
read_layer(const struct reading *reading, const config_setting_t *group,
    struct layer *layer)
{
    bool good = true;

    for (int i = 0; i < config_setting_length(group); i++)
        good = read_setting(reading, config_setting_get_elem(group, i), layer)
            && good;
    return good;
}

static bool
read_defaults(const struct reading *reading, const config_setting_t *element)
{
    struct layer *layer = &reading->config->defaults;
    bool good = true;

    if (!config_setting_is_group(element))
        return config_complain(reading, element, "defaults is not a group; "
            "write defaults = { ... };");
    good = read_layer(reading, element, layer);
    for (int id = 0; id < SETTING_COUNT; id++)
        if (settings[id].own && layer->place[id] != NULL)
            good = problem_add(reading->problem, STATUS_CONFIG, "%s: %s "
                "belongs to one worker; move it from defaults to that worker",
                layer->place[id], settings[id].key);
    return good;
}

static struct config_entry *
config_add_entry(struct config_entry **entries, size_t *count, char *place)
{
    struct config_entry *entry;

    *entries = text_reallocate(*entries, *count + 1, sizeof **entries);
    entry = &(*entries)[(*count)++];
    *entry = (struct config_entry){ .place = place };
    return entry;
}

/* A node entry's `worker` is no setting, so it is taken out here. */
static bool
read_node_entry(const struct reading *reading, const config_setting_t *group,
    struct config_entry *entry)
{
    const char *hosts;
    bool good = true;

    for (int i = 0; i < config_setting_length(group); i++) {
        config_setting_t *element = config_setting_get_elem(group, i);
        const char *text;

        if (strcmp(config_setting_name(element), "worker") != 0)
            good = read_setting(reading, element, &entry->layer) && good;
        else if ((text = config_setting_get_string(element)) != NULL)
            entry->worker = text_copy(text);
        else
            good = config_complain(reading, element, "worker is not text; "
                "write the name of a worker");
    }
    hosts = layer_text(&entry->layer, SETTING_HOSTS);
    if (hosts == NULL || *hosts == '\0')
        good = config_complain(reading, group, "this entry of nodes has no "
            "hosts; add them");
    return good;
}

static bool
read_entries(const struct reading *reading, const config_setting_t *list,
    bool nodes)
{
    struct configuration *config = reading->config;
    bool good = true;

    if (!config_setting_is_list(list))
        return config_complain(reading, list, nodes
            ? "nodes is not a list; write nodes = ( { ... }, { ... } );"
            : "workers is not a list; write workers = ( { ... }, { ... } );");
    for (int i = 0; i < config_setting_length(list); i++) {
        config_setting_t *group = config_setting_get_elem(list, i);
        char *place;

        if (!config_setting_is_group(group)) {
            good = config_complain(reading, group, "this is not a group; "
                "write { KEY = VALUE; ... }");
            continue;
        }
        place = element_place(reading, group);
        if (nodes)
            good = read_node_entry(reading, group, config_add_entry(
                &config->nodes, &config->node_count, place)) && good;
        else
            good = read_layer(reading, group, &config_add_entry(
                &config->workers, &config->worker_count, place)->layer)
                && good;
    }
    return good;
}

static bool
read_root(const struct reading *reading, const config_setting_t *root)
{
    bool good = true;

    for (int i = 0; i < config_setting_length(root); i++) {
        config_setting_t *element = config_setting_get_elem(root, i);
        const char *name = config_setting_name(element);
        char *sentence;

        if (strcmp(name, "defaults") == 0)
            good = read_defaults(reading, element) && good;
        else if (strcmp(name, "workers") == 0)
            good = read_entries(reading, element, false) && good;
        else if (strcmp(name, "nodes") == 0)
            good = read_entries(reading, element, true) && good;
        else {
            sentence = text_format(setting_find(name) != SETTING_COUNT
                ? "%s is outside of any group; move it into defaults = "
                "{ ... } or a worker"
                : "%s is not part of a configuration; its parts are "
                "defaults, workers and nodes", name);
            good = config_complain(reading, element, sentence);
            free(sentence);
        }
    }
    return good;
}

bool
configuration_read_source(struct configuration *config, const char *name,
    const struct source *source, struct problem *problem)
{
    struct reading reading = { config, source, problem };
    config_t tree;
    bool good;

    config->file = text_copy(name);
    config_init(&tree);
    if (config_read_string(&tree, source->text) == CONFIG_TRUE)
        good = read_root(&reading, config_root_setting(&tree));
    else {
        char *place = source_place(source, config_error_line(&tree));

        const char *text = config_error_text(&tree);

        good = problem_add(problem, STATUS_CONFIG,
            strcmp(text, "duplicate setting name") == 0
            ? "%s: this key is in its group twice; write it once"
            : "%s: %s; look for a missing ; or quote, or a comma "
            "before a closing parenthesis, on this line and the one above",
            place, text);
        free(place);
    }
    config_destroy(&tree);
    return good;
}

bool
configuration_read_text(struct configuration *config, const char *name,
    const char *text, struct problem *problem)
{
    struct source source = {0};
    bool good = source_read_text(&source, name, text, problem)
        && configuration_read_source(config, name, &source, problem);

    source_clear(&source);
    return good;
}

/* For sure: one that cannot be looked at is not passed over for the next. */
static bool
is_missing(const char *path)
{
    return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

char *
configuration_find(const char *file, const char *home)
{
    const char *named = file ? file : getenv("CELERY_TMUX_CONFIG");
    const char *base = getenv("XDG_CONFIG_HOME");
    char *path;

    if (named != NULL && *named)
        return text_copy(named);
    path = base && *base == '/'
        ? text_format("%s/celery-tmux/celery-tmux.conf", base)
        : text_format("%s/.config/celery-tmux/celery-tmux.conf", home);
    if (!is_missing(path))
        return path;
    free(path);
    path = text_copy(CONFIGURATION_OF_ALL);
    if (!is_missing(path))
        return path;
    free(path);
    return NULL;
}

static void
clear_entries(struct config_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(entries[i].place);
        free(entries[i].worker);
        layer_clear(&entries[i].layer);
    }
    free(entries);
}

const char *
configuration_origin(const struct configuration *config)
{
    return config->origin ? config->origin : config->file;
}

void
configuration_clear(struct configuration *config)
{
    free(config->file);
    free(config->origin);
    layer_clear(&config->defaults);
    clear_entries(config->workers, config->worker_count);
    clear_entries(config->nodes, config->node_count);
    *config = (struct configuration){0};
}
