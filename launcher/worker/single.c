/*
 * single.c - looks through settings and extra_args for what is there once.
 */
#include "worker/single.h"

#include <string.h>

#include "base/text.h"

/*
 * What two workers cannot have at the same time: a file, or the scheduler,
 * whose tasks would be sent twice.
 */
static const struct {
    char letter;
    const char *name;
} single[] = {
    { 'B', "--beat" }, { 'S', "--statedb" }, { '\0', "--pidfile" },
    { 'f', "--logfile" },
};

/* A letter that has no value may stand before another, as in -EB. */
static bool
is_option(const char *word, char letter, const char *name)
{
    size_t length = strlen(name);

    if (word[0] == '-' && word[1] != '-')
        return letter != '\0' && word[1 + strspn(word + 1, "E")] == letter;
    return text_starts(word, name) && strchr("=", word[length]) != NULL;
}

const char *
single_find(const struct worker *worker)
{
    const struct layer *layer = &worker->layer;
    const struct words *words = &layer->value[SETTING_EXTRA_ARGS];

    if (layer_is_on(layer, SETTING_BEAT))
        return settings[SETTING_BEAT].flag;
    if (layer_text(layer, SETTING_STATEDB) != NULL)
        return settings[SETTING_STATEDB].flag;
    for (size_t i = 0; i < words->count; i++)
        for (size_t j = 0; j < sizeof single / sizeof *single; j++)
            if (is_option(words->word[i], single[j].letter, single[j].name))
                return words->word[i];
    return NULL;
}
