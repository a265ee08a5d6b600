/*
 * probing.c - the probe of a worker, once more without each option that its
 * Celery lacks.
 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "probe/cause.h"
#include "probe/probed-worker.h"

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

static void
probe_again(struct doctor *doctor, struct worker *copy)
{
    struct probes one = {
        &doctor->probe, 1, 1, &doctor->context->account, NULL, problem_print
    };
    bool again = true;

    words_clear(&doctor->unknown);
    while (again) {
        char *option;

        probe_clear(&doctor->probe);
        doctor->probe.worker = copy;
        doctor->probe.name = doctor->worker->name;
        probes_run(&one);
        if (doctor->probe.problem.text != NULL) {
            doctor->blocked = true;
            doctor_tell(doctor, true, &doctor->probe.problem);
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

    probed_worker_make(doctor->worker, doctor->setup, &copy);
    doctor->probed = probed_worker_text(&copy);
    if (before == NULL || strcmp(before, doctor->probed) != 0)
        probe_again(doctor, &copy);
    /* The copy goes. */
    doctor->probe.worker = doctor->worker;
    free(before);
    worker_clear(&copy);
}
