/*
 * app.c - a worker without an app.
 *
 * Celery runs without one, on the broker that it takes by default, and there
 * are other ways to give it tasks.  So this is no mistake; but who has just
 * forgotten app would wait for a broker that is not there until start_timeout
 * is over, and be told then.
 */
#include "lifecycle/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/plain.h"
#include "base/text.h"

/* Settings any of which may bring tasks along. */
static const enum setting_id ways[] = {
    SETTING_APP, SETTING_INCLUDE, SETTING_CELERY_CONFIG, SETTING_LOADER,
    SETTING_ENV_FILE, SETTING_WORKER_SETUP_CMD, SETTING_EXTRA_ARGS
};

/* Variables that do, too (F9). */
static const char *const variables[] = {
    "APP=", "CELERY_APP=", "CELERY_LOADER=", "CELERY_CONFIG_MODULE=",
    "CELERY_WORKER_INCLUDE=", "PYTHONPATH=", NULL
};

/* Is Celery called by its name alone?  Other words may name an app. */
static bool
is_plain_celery(const struct worker *worker)
{
    struct words words = {0};
    const char *reason;
    bool plain = false;

    if (words_add_shell(&words, layer_text(&worker->layer,
            SETTING_CELERY_CMD), &reason))
        plain = words.count == 1 && (strcmp(words.word[0], "celery") == 0
            || text_ends(words.word[0], "/celery"));
    words_clear(&words);
    return plain;
}

static bool
lacks_app(const struct worker *worker)
{
    const struct layer *layer = &worker->layer;
    const struct words *environment = &layer->value[SETTING_ENVIRONMENT];
    char *path;
    bool lacks;

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (layer->value[ways[i]].count > 0)
            return false;
    for (size_t i = 0; i < environment->count; i++)
        for (size_t j = 0; variables[j]; j++)
            if (text_starts(environment->word[i], variables[j]))
                return false;
    /* What Celery's own loader reads. */
    path = text_format("%s/celeryconfig.py", layer_text(layer,
        SETTING_WORKER_DIR));
    lacks = access(path, F_OK) != 0 && is_plain_celery(worker);
    free(path);
    return lacks;
}

void
app_remark(const struct job *job)
{
    struct problem problem = {0};

    if (!lacks_app(job->worker))
        return;
    problem_add(&problem, STATUS_DONE, "%s: app is not set, so it runs "
        "without your tasks; set app and worker_dir%s",
        job->worker->name, job->worker->origin == NULL
            || *job->worker->origin ? ""
        : " in ~/.config/celery-tmux/celery-tmux.conf");
    fflush(plain_out);
    problem_print(&problem);
    problem_clear(&problem);
}
