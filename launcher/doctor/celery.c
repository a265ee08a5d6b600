/*
 * celery.c - what the probe found of Celery and the app.
 */
#include "doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/text.h"
#include "probe/cause.h"

/* The first Celery whose command line is ours (F11). */
enum { OLDEST = 4 };

/*
 * The start would fail, so no more of this worker is examined.  Where
 * worker_setup_cmd was not run, that may still mend it.
 */
static void trouble(struct doctor *doctor, enum status status,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
trouble(struct doctor *doctor, enum status status, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = text_format_list(format, arguments);
    va_end(arguments);
    doctor->blocked = true;
    if (!doctor->setup && layer_text(&doctor->worker->layer,
        SETTING_WORKER_SETUP_CMD) != NULL)
        doctor_warn(doctor, "%s; if worker_setup_cmd does that, try check "
            "--setup, which runs it", text);
    else
        doctor_fail(doctor, status, "%s", text);
    free(text);
}

/* Its last words, for the middle of a sentence; freed by the caller. */
static char *
last_words(const struct probe *probe)
{
    char *text = cause_text(probe);
    char *said = *text ? text_format("says \"%s\"", text)
        : text_copy("prints nothing");

    free(text);
    return said;
}

void
examine_setup(struct doctor *doctor)
{
    const struct layer *layer = &doctor->worker->layer;
    const struct probe *probe = &doctor->probe;
    char *said;

    if (!doctor->setup && layer_text(layer, SETTING_WORKER_SETUP_CMD))
        doctor_warn(doctor, "worker_setup_cmd was not run; check --setup "
            "runs it as a start does");
    if (cause_of(probe) != CAUSE_SETUP)
        return;
    said = last_words(probe);
    doctor->blocked = true;
    if (probe->late)
        doctor_fail(doctor, STATUS_UNAVAILABLE, "worker_setup_cmd is not done "
            "after %ld s and %s; correct it, or raise start_timeout",
            layer_number(layer, SETTING_START_TIMEOUT), said);
    else if (probe->result == 0)
        doctor_fail(doctor, STATUS_UNAVAILABLE, "worker_setup_cmd ends with "
            "status 0 before Celery begins; remove exit or exec from it");
    else
        doctor_fail(doctor, STATUS_UNAVAILABLE, "worker_setup_cmd ends with "
            "status %d and %s; correct it", probe->result, said);
    free(said);
}

void
examine_celery(struct doctor *doctor)
{
    enum cause_kind cause = cause_of(&doctor->probe);
    char *version = fields_value(doctor->probe.findings, "version");
    char *text = cause_text(&doctor->probe);
    char *said = last_words(&doctor->probe);

    if (cause == CAUSE_COMMAND && text_starts(text, "cannot work in "))
        trouble(doctor, STATUS_UNAVAILABLE, "%s", text);
    else if (cause == CAUSE_COMMAND && text_starts(text, "worker_setup_cmd "))
        trouble(doctor, STATUS_CONFIG, "%s", text);
    else if (cause == CAUSE_COMMAND)
        trouble(doctor, STATUS_UNAVAILABLE, "Celery does not run: %s; "
            "correct celery_cmd or virtualenv, or install it there", text);
    else if (cause == CAUSE_MODULE)
        trouble(doctor, STATUS_UNAVAILABLE, "celery_cmd does not pass "
            "PYTHONPATH on, so Celery cannot import celery_tmux; make it keep "
            "the environment");
    else if (cause == CAUSE_IMPORT)
        trouble(doctor, STATUS_UNAVAILABLE, "Celery lacks a module and %s; "
            "install it where celery_cmd finds it, or correct app, pool and "
            "include", said);
    else if (cause == CAUSE_OTHER && *version == '\0')
        trouble(doctor, STATUS_UNAVAILABLE, "Celery ends with status %d "
            "before it connects and %s; correct that",
            doctor->probe.result, said);
    else if (cause == CAUSE_OTHER_WORKER) {
        doctor->blocked = true;
        doctor_warn(doctor, "celery_cmd starts a worker that ignores "
            "--include, so it was not examined further; make it pass its "
            "arguments and environment on to Celery");
    }
    else if (*version == '\0')
        doctor->said = true;    /* what is to blame follows */
    else if (strtol(version, NULL, 10) < OLDEST)
        trouble(doctor, STATUS_UNAVAILABLE, "Celery %s is too old; install "
            "%d.0 or later", version, OLDEST);
    else
        doctor_detail(doctor, "Celery %s", version);
    free(said);
    free(text);
    free(version);
}

void
examine_app(struct doctor *doctor)
{
    const struct layer *layer = &doctor->worker->layer;
    const char *app = layer_text(layer, SETTING_APP);
    enum cause_kind cause = cause_of(&doctor->probe);
    char *said = last_words(&doctor->probe);

    if (cause == CAUSE_LATE)
        trouble(doctor, STATUS_UNAVAILABLE, "%s is not imported after %ld s "
            "and Celery %s; find out what the import waits for, or raise "
            "start_timeout", app ? app : "the app",
            layer_number(layer, SETTING_START_TIMEOUT), said);
    else if (cause == CAUSE_APP)
        trouble(doctor, STATUS_UNAVAILABLE, "app %s cannot be imported: "
            "Celery %s; correct app or worker_dir, or install what it "
            "imports where celery_cmd finds it", app ? app : "", said);
    else if (app == NULL)
        doctor_warn(doctor, "app is not set, so it runs without your tasks; "
            "set app and worker_dir");
    else
        doctor_detail(doctor, "%s", app);
    free(said);
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
    if (cause_of(&doctor->probe) == CAUSE_OPTION) {
        char *option = cause_option(&doctor->probe);

        trouble(doctor, STATUS_CONFIG, "this Celery has no option %s; remove "
            "it from extra_args and celery_cmd", option);
        free(option);
    }
    free(version);
}

void
examine_root(struct doctor *doctor)
{
    if (cause_of(&doctor->probe) == CAUSE_ROOT)
        trouble(doctor, STATUS_PERMISSION, "Celery refuses to run as root "
            "while the app accepts pickle; run it as another user, remove "
            "pickle from accept_content, or put C_FORCE_ROOT = \"1\" into "
            "environment");
}
