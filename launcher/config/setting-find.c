/*
 * setting-find.c - a setting by its key, and the key that somebody
 * meant.
 */
#include "config/setting.h"

#include <string.h>

#include "base/text.h"

static bool
same_key(const char *one, const char *other)
{
    for (; *one && *other; one++, other++)
        if (*one != *other
            && !(strchr("-_", *one) && strchr("-_", *other)))
            return false;
    return *one == *other;
}

enum setting_id
setting_find(const char *key)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings[id];

        if (same_key(setting->key, key))
            return id;
        for (int i = 0; i < 2 && setting->old[i]; i++)
            if (same_key(setting->old[i], key))
                return id;
    }
    return SETTING_COUNT;
}

const char *
setting_nearest(const char *key)
{
    /* A third of the letters may be wrong; more is another word. */
    size_t nearest = strlen(key) / 3 + 1;
    const char *found = NULL;

    for (int id = 0; id < SETTING_COUNT; id++) {
        size_t distance = text_distance(settings[id].key, key);

        if (distance <= nearest && settings[id].type != TYPE_REFUSED) {
            if (found != NULL && distance == nearest)
                continue;
            nearest = distance;
            found = settings[id].key;
        }
    }
    return found;
}
