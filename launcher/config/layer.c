/*
 * layer.c - values of settings from one place, and how places are laid
 * one over the other.
 */
#include "config/layer.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* "" means: as if never said. */
static bool
is_unset(const struct words *value)
{
    return value->count == 1 && *value->word[0] == '\0';
}

bool
layer_set(struct layer *layer, enum setting_id id,
    const struct words *written, const char *place, enum status status,
    bool again, struct problem *problem)
{
    bool list = settings[id].type == TYPE_LIST
        || settings[id].type == TYPE_ENVIRONMENT;
    struct words read = {0};

    if (layer->place[id] != NULL && !again)
        return problem_add(problem, status, "%s: %s is already set at %s; "
            "write it once", place, settings[id].key, layer->place[id]);
    if (!setting_read(id, written, place, status, &read, problem))
        return false;
    if (!list || is_unset(&read) || is_unset(&layer->value[id]))
        words_clear(&layer->value[id]);
    words_add_all(&layer->value[id], &read);
    words_clear(&read);
    free(layer->place[id]);
    layer->place[id] = text_copy(place);
    return true;
}

enum status
layer_status_at(const char *place)
{
    return text_starts(place, "--") ? STATUS_USAGE : STATUS_CONFIG;
}

static void
set_standard(struct layer *layer, enum setting_id id)
{
    words_clear(&layer->value[id]);
    if (settings[id].standard != NULL)
        words_add(&layer->value[id], settings[id].standard);
}

void
layer_standard(struct layer *layer)
{
    for (int id = 0; id < SETTING_COUNT; id++)
        set_standard(layer, id);
}

/* Replace or add each NAME=TEXT of `more` in `environment`. */
static void
merge_variables(struct words *environment, const struct words *more)
{
    struct words merged = {0};

    for (size_t i = 0; i < environment->count; i++) {
        const char *old = environment->word[i];
        bool replaced = false;

        for (size_t j = 0; j < more->count && !replaced; j++)
            replaced = strncmp(old, more->word[j],
                strcspn(old, "=") + 1) == 0;
        if (!replaced)
            words_add(&merged, old);
    }
    words_add_all(&merged, more);
    words_clear(environment);
    *environment = merged;
}

void
layer_merge(struct layer *layer, const struct layer *over)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (over->place[id] == NULL)
            continue;
        if ((is_unset(&over->value[id]) && !settings[id].none)
            || (over->value[id].count == 0 && !settings[id].layered))
            set_standard(layer, id);
        else if (settings[id].layered)
            merge_variables(&layer->value[id], &over->value[id]);
        else {
            words_clear(&layer->value[id]);
            words_add_all(&layer->value[id], &over->value[id]);
        }
        free(layer->place[id]);
        layer->place[id] = text_copy(over->place[id]);
    }
}

const char *
layer_text(const struct layer *layer, enum setting_id id)
{
    return layer->value[id].count > 0 ? layer->value[id].word[0] : NULL;
}

char *
layer_path(const struct layer *layer, enum setting_id id)
{
    const char *path = layer_text(layer, id);

    return path == NULL ? NULL : *path == '/' ? text_copy(path)
        : text_format("%s/%s", layer_text(layer, SETTING_WORKER_DIR), path);
}

bool
layer_is_on(const struct layer *layer, enum setting_id id)
{
    const char *text = layer_text(layer, id);

    return text != NULL && strcmp(text, "true") == 0;
}

long
layer_number(const struct layer *layer, enum setting_id id)
{
    const char *text = layer_text(layer, id);
    long number = 0;

    if (text != NULL)
        text_to_long(text, &number);
    return number;
}

long long
layer_size(const struct layer *layer, enum setting_id id)
{
    const char *text = layer_text(layer, id);
    long long size = 0;

    if (text != NULL)
        text_to_size(text, &size);
    return size;
}

void
layer_replace(struct layer *layer, enum setting_id id, const char *text)
{
    char *copy = text_copy(text);

    words_clear(&layer->value[id]);
    words_add(&layer->value[id], copy);
    free(copy);
}

void
layer_clear(struct layer *layer)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        words_clear(&layer->value[id]);
        free(layer->place[id]);
    }
    *layer = (struct layer){0};
}
