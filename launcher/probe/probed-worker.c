/*
 * probed-worker.c - a worker that loads our module in any case, and nothing
 * else in its place.
 */
#include "probe/probed-worker.h"

#include <stdlib.h>

#include "base/text.h"
#include "worker/celery.h"

/* Words that, as ours come before them, would take our module's place. */
static bool
replaces_include(const struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (text_starts(words->word[i], "-I")
            || text_starts(words->word[i], "--include"))
            return true;
    return false;
}

void
probed_worker_make(const struct worker *worker, bool setup,
    struct worker *copy)
{
    const struct layer *layer = &worker->layer;
    char *include = words_join(&layer->value[SETTING_INCLUDE], ",");

    for (int id = 0; id < SETTING_COUNT; id++)
        words_add_all(&copy->layer.value[id], &layer->value[id]);
    if (!setup)
        words_clear(&copy->layer.value[SETTING_WORKER_SETUP_CMD]);
    /* Without our module the probe would be a worker. */
    if (replaces_include(&layer->value[SETTING_EXTRA_ARGS]))
        words_addf(&copy->layer.value[SETTING_EXTRA_ARGS],
            "--include=%s%s" CELERY_MODULE, include, *include ? "," : "");
    free(include);
}

char *
probed_worker_text(const struct worker *copy)
{
    struct worker nameless = {0};
    char *text;

    for (int id = 0; id < SETTING_COUNT; id++)
        if (id != SETTING_NAME && id != SETTING_SESSION
            && id != SETTING_HOSTNAME)
            words_add_all(&nameless.layer.value[id], &copy->layer.value[id]);
    text = worker_to_text(&nameless);
    worker_clear(&nameless);
    return text;
}
