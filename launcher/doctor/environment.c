/*
 * environment.c - environment variables that Celery obeys without a
 * word (F9): in the worker's environment, and in the caller's, where they do
 * nothing.
 */
#include "doctor/doctor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

extern char **environ;

/* Variables, and the setting to write instead where there is one. */
static const struct variable {
    const char *name, *setting;
} variables[] = {
    { "APP", "app" },
    { "BROKER_URL", "broker" },
    { "RESULT_BACKEND", "result_backend" },
    { "LOADER", "loader" },
    { "CONFIG_MODULE", "celery_config" },
    { "SKIP_CHECKS", "skip_checks" },
    { "CELERY_LOADER", "loader" },
    { "CELERY_QUIET", "quiet" },
    { "CELERY_WORKDIR", "worker_dir" },
    { "CELERY_LOG_LEVEL", "loglevel" },
    { "CELERY_LOG_FILE", NULL },
    { "CELERY_LOG_REDIRECT", NULL },
    { "CELERY_LOG_REDIRECT_LEVEL", NULL },
    { "FORKED_BY_MULTIPROCESSING", NULL },
};

/* Variables right in a worker's environment, and lost in the caller's. */
static const char *const expected[] = {
    "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "CELERY_CONFIG_MODULE",
    "C_FORCE_ROOT", "DJANGO_SETTINGS_MODULE", "REMAP_SIGTERM", NULL
};

#define WORKER_OPTION "CELERY_WORKER_"

/* Celery's worker takes each option from CELERY_WORKER_OPTION, too. */
static const char *
worker_option(const char *name)
{
    char *key = text_copy(name + strlen(WORKER_OPTION));
    enum setting_id id;

    for (char *c = key; *c; c++)
        *c = tolower((unsigned char)*c);
    id = setting_find(key);
    free(key);
    return id < SETTING_COUNT && settings[id].type != TYPE_REFUSED
        ? settings[id].key : NULL;
}

/* `*setting` is what to write instead, or NULL. */
static bool
bends(const char *name, const char **setting)
{
    *setting = NULL;
    if (text_starts(name, WORKER_OPTION)) {
        *setting = worker_option(name);
        return true;
    }
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (strcmp(variables[i].name, name) == 0) {
            *setting = variables[i].setting;
            return true;
        }
    return false;
}

/* Celery's own command line makes this variable of --loader. */
static bool
is_of_setting(const struct doctor *doctor, const char *name)
{
    return strcmp(name, "CELERY_LOADER") == 0
        && layer_text(&doctor->worker->layer, SETTING_LOADER) != NULL;
}

static void
examine_variable(struct doctor *doctor, const char *name)
{
    const char *setting;

    if (is_of_setting(doctor, name))
        return;
    if (strcmp(name, SETTING_REMAP) == 0)
        doctor_fail(doctor, STATUS_CONFIG, "REMAP_SIGTERM in its environment "
            "makes stop cut tasks off; remove it from environment, env_file "
            "and worker_setup_cmd");
    else if (bends(name, &setting))
        doctor_warn(doctor, setting ? "%s in its environment overrides a "
            "setting; remove it and set %s"
            : "%s in its environment overrides a setting; remove it from "
            "environment, env_file and worker_setup_cmd", name,
            setting);
}

/* As the probe had it. */
void
examine_environment(struct doctor *doctor)
{
    struct words lines = {0};

    words_add_parts(&lines, doctor->probe.findings, "\n");
    for (size_t i = 0; i < lines.count; i++)
        if (text_starts(lines.word[i], "variable "))
            examine_variable(doctor, lines.word[i] + strlen("variable "));
    words_clear(&lines);
}

static bool
is_expected(const char *name)
{
    for (size_t i = 0; expected[i]; i++)
        if (strcmp(expected[i], name) == 0)
            return true;
    return false;
}

/*
 * A person who exports one of these expects something of it.  A worker's
 * environment is made from nothing, so it comes to nothing.
 */
void
examine_caller(struct doctor *doctor)
{
    const char *setting;

    for (char **word = environ; *word; word++) {
        char *name = text_copy_part(*word, strcspn(*word, "="));

        if (bends(name, &setting) || is_expected(name))
            doctor_warn(doctor, "%s is set in your shell, but workers do not "
                "get your environment; put it into the configuration, and "
                "unset it", name);
        free(name);
    }
}
