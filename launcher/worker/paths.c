/*
 * paths.c - ~ in a worker's paths becomes the home directory.
 */
#include "worker/paths.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

char *
path_at_home(const char *path, const char *home)
{
    return strcmp(path, "~") == 0 || text_starts(path, "~/")
        ? text_format("%s%s", home, path + 1) : text_copy(path);
}

static void
expand_home(const struct words *value, const char *home)
{
    for (size_t i = 0; i < value->count; i++) {
        char *path = value->word[i];

        value->word[i] = path_at_home(path, home);
        free(path);
    }
}

static bool
has_paths(enum setting_id id)
{
    return settings[id].type == TYPE_DIRECTORY
        || settings[id].type == TYPE_FILE || id == SETTING_LD_LIBRARY_PATHS;
}

/* A path short enough with ~ may be too long with a home directory. */
static bool
check_length(const struct worker *worker, enum setting_id id,
    const char *home, struct problem *problem)
{
    const struct words *value = &worker->layer.value[id];
    const char *place = worker->layer.place[id];

    for (size_t i = 0; i < value->count; i++) {
        bool said = strcmp(place, LAYER_NOT_SAID) != 0;

        if (strlen(value->word[i]) > setting_longest(id))
            return problem_add(problem, layer_status_at(place), "%s%s%s of "
                "worker %s would have %zu bytes below the home directory %s; "
                "write a path of at most %zu", said ? place : "", said ? ": "
                : "", settings[id].key, worker->name, strlen(value->word[i]),
                home, setting_longest(id));
    }
    return true;
}

bool
worker_resolve_paths(struct worker *worker, const char *home,
    struct problem *problem)
{
    bool good = true;

    for (int id = 0; id < SETTING_COUNT; id++)
        if (has_paths(id)) {
            expand_home(&worker->layer.value[id], home);
            good = check_length(worker, id, home, problem) && good;
        }
    return good;
}
