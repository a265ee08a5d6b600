/*
 * probed-worker.c - makes of a worker the one that is probed.
 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "probe/cause.h"
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

static void
copy_worker(const struct doctor *doctor, struct worker *copy)
{
    const struct layer *layer = &doctor->worker->layer;
    char *include = words_join(&layer->value[SETTING_INCLUDE], ",");

    for (int id = 0; id < SETTING_COUNT; id++)
        words_add_all(&copy->layer.value[id], &layer->value[id]);
    if (!doctor->setup)
        words_clear(&copy->layer.value[SETTING_WORKER_SETUP_CMD]);
    /* Without our module the probe would be a worker. */
    if (replaces_include(&layer->value[SETTING_EXTRA_ARGS]))
        words_addf(&copy->layer.value[SETTING_EXTRA_ARGS],
            "--include=%s%s" CELERY_MODULE, include, *include ? "," : "");
    free(include);
}

/* Take away what puts `option` on the command line; false: nothing does. */
static bool
leave_out(struct layer *layer, const char *option)
{
    size_t length = strlen(option);

    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings[id];

        if ((setting->use != USE_WORKER && setting->use != USE_CELERY)
            || strncmp(setting->flag, option, length) != 0
            || strspn(setting->flag + length, "=")
                != strlen(setting->flag + length)
            || layer->value[id].count == 0)
            continue;
        if (setting->type == TYPE_SWITCH)
            layer_replace(layer, id, setting->when == WHEN_ON ? "false"
                : "true");
        else
            words_clear(&layer->value[id]);
        return true;
    }
    return false;
}

/*
 * All of the worker but its names: workers that differ in those alone, as
 * instances do, are probed once.
 */
static char *
nameless_text(const struct worker *copy)
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

static void
probe_again(struct doctor *doctor, struct worker *copy)
{
    long seconds = layer_number(&copy->layer, SETTING_START_TIMEOUT);
    struct problem problem = {0};
    bool again = true;

    words_clear(&doctor->unknown);
    while (again) {
        char *option;

        probe_clear(&doctor->probe);
        if (!probe_run(&doctor->probe, copy, &doctor->context->account,
            seconds, &problem)) {
            doctor->blocked = true;
            doctor_tell(doctor, true, &problem);
            free(doctor->probed);
            doctor->probed = NULL;
            return;
        }
        if (cause_of(&doctor->probe) != CAUSE_OPTION)
            return;
        option = cause_option(&doctor->probe);
        again = !words_contain(&doctor->unknown, option)
            && leave_out(&copy->layer, option);
        if (again)
            words_add(&doctor->unknown, option);
        free(option);
    }
}

void
doctor_probe(struct doctor *doctor)
{
    struct worker copy = {0};
    char *before = doctor->probed;

    copy_worker(doctor, &copy);
    doctor->probed = nameless_text(&copy);
    if (before == NULL || strcmp(before, doctor->probed) != 0)
        probe_again(doctor, &copy);
    free(before);
    worker_clear(&copy);
}
