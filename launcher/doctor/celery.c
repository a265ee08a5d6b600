/*
 * celery.c - what the probe found of Celery and the app.
 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/text.h"
#include "probe/cause.h"
#include "probe/verdict.h"

/* The first Celery whose command line is ours (F11). */
enum { OLDEST = 4 };

/*
 * The start would fail, so no more of this worker is examined.  Where
 * worker_setup_cmd was not run, that may still mend it.
 */
static void
trouble(struct doctor *doctor, enum status status, const char *text)
{
    doctor->blocked = true;
    if (!doctor->setup && layer_text(&doctor->worker->layer,
        SETTING_WORKER_SETUP_CMD) != NULL)
        doctor_warn(doctor, "%s; if worker_setup_cmd does that, try check "
            "--setup, which runs it", text);
    else
        doctor_fail(doctor, status, "%s", text);
}

/* Is that what keeps it from starting?  Then it is told. */
static bool
blames(struct doctor *doctor, enum cause_kind cause)
{
    struct problem problem = {0};

    if (cause_of(&doctor->probe) != cause
        || verdict_explain(&doctor->probe, &problem))
        return false;
    trouble(doctor, problem.status, problem.text);
    problem_clear(&problem);
    return true;
}

/* What root does before a start is not undone, so it is not tried at all. */
static void
tell_untried(struct doctor *doctor)
{
    const struct layer *layer = &doctor->worker->layer;
    const char *const keys[] = {
        layer_text(layer, SETTING_REMOUNT_DIR)
            && layer_is_on(layer, SETTING_KILL_EXISTING) ? "remount_dir"
            : NULL,
        layer_text(layer, SETTING_ROOT_SETUP_CMD) ? "root_setup_cmd" : NULL
    };

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i] != NULL)
            doctor_warn(doctor, "%s was not tried; it comes before a start, "
                "as root, and nothing is started if it fails, so try it by "
                "hand", keys[i]);
}

void
examine_setup(struct doctor *doctor)
{
    bool is_set = layer_text(&doctor->worker->layer, SETTING_WORKER_SETUP_CMD)
        != NULL;
    struct problem problem = {0};

    tell_untried(doctor);
    if (is_set && !doctor->setup)
        doctor_warn(doctor, "worker_setup_cmd was not run; check --setup "
            "runs it as a start does");
    if (cause_of(&doctor->probe) == CAUSE_SETUP) {
        doctor->blocked = true;
        verdict_explain(&doctor->probe, &problem);
        doctor_tell(doctor, true, &problem);
    } else if (is_set && doctor->setup)
        need_places(doctor);
}

void
examine_celery(struct doctor *doctor)
{
    char *version = fields_value(doctor->probe.findings, "version");

    if (blames(doctor, CAUSE_COMMAND) || blames(doctor, CAUSE_MODULE)
        || blames(doctor, CAUSE_IMPORT) || blames(doctor, CAUSE_OTHER))
        doctor->said = true;
    else if (cause_of(&doctor->probe) == CAUSE_OTHER_WORKER) {
        doctor->blocked = true;
        doctor_warn(doctor, "celery_cmd starts a worker that ignores "
            "--include, so it was not examined further; make it pass its "
            "arguments and environment on to Celery");
    } else if (*version == '\0')
        doctor->said = true;    /* what is to blame follows */
    else if (strtol(version, NULL, 10) < OLDEST) {
        char *text = text_format("Celery %s is too old; install %d.0 or "
            "later", version, OLDEST);

        trouble(doctor, STATUS_UNAVAILABLE, text);
        free(text);
    } else
        doctor_detail(doctor, "Celery %s", version);
    free(version);
}

void
examine_app(struct doctor *doctor)
{
    const char *app = layer_text(&doctor->worker->layer, SETTING_APP);

    if (blames(doctor, CAUSE_LATE) || blames(doctor, CAUSE_APP))
        return;
    if (app == NULL)
        doctor_warn(doctor, "app is not set, so it runs without your tasks; "
            "set app and worker_dir");
    else
        doctor_detail(doctor, "%s", app);
}

/* The setting that `option` comes from. */
static const struct setting *
setting_of(const char *option)
{
    for (int id = 0; id < SETTING_COUNT; id++)
        if (settings[id].flag && *settings[id].flag == '-'
            && text_starts(settings[id].flag, option)
            && strchr("=", settings[id].flag[strlen(option)]))
            return &settings[id];
    return NULL;
}

void
examine_options(struct doctor *doctor)
{
    char *version = fields_value(doctor->probe.findings, "version");

    for (size_t i = 0; i < doctor->unknown.count; i++) {
        const char *option = doctor->unknown.word[i];
        const struct setting *setting = setting_of(option);

        doctor_fail(doctor, STATUS_CONFIG, "this Celery %s has no %s; leave "
            "%s out, or install %s%s", version, option,
            setting ? setting->key : option, setting && setting->since
            ? setting->since : "another", setting && setting->since
            ? " or later" : "");
    }
    blames(doctor, CAUSE_OPTION);
    free(version);
}

void
examine_root(struct doctor *doctor)
{
    blames(doctor, CAUSE_ROOT);
}
