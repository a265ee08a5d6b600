/*
 * celery.c - walks the table of settings and makes Celery's command
 * line and environment of it.  It knows no setting that the table could tell
 * it.
 */
#include "worker/celery.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "worker/paths.h"

long
celery_concurrency(const struct worker *worker, const struct node *node)
{
    const char *text = layer_text(&worker->layer, SETTING_CONCURRENCY);
    long number = 0;

    if (text == NULL)
        return 0;
    if (text_ends(text, "%"))
        number = node->processors * strtol(text, NULL, 10) / 100;
    else if (text_starts(text, "all"))
        number = node->processors - labs(strtol(text + 3, NULL, 10));
    else
        return strtol(text, NULL, 10);
    return number > 0 ? number : 1;
}

static void
add_flag(enum setting_id id, const struct words *value, struct words *words)
{
    const struct setting *setting = &settings[id];

    if (setting->type == TYPE_SWITCH) {
        bool on = strcmp(value->word[0], "true") == 0;

        if (on == (setting->when == WHEN_ON))
            words_add(words, setting->flag);
        /* Celery 5.0.0 takes the word behind such a one for its value. */
        if (!on && setting->when == WHEN_OFF)
            words_add(words, setting->flag);
    } else {
        char *text = words_join(value, ",");

        for (char *c = text; setting->capitals && *c; c++)
            *c = toupper((unsigned char)*c);
        words_addf(words, "%s%s", setting->flag, text);
        free(text);
    }
}

static void
add_flags(const struct worker *worker, const struct node *node,
    enum setting_use use, struct words *words)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct words *value = &worker->layer.value[id];
        struct words changed = {0};

        if (settings[id].use != use)
            continue;
        words_add_all(&changed, value);
        if (id == SETTING_INCLUDE)
            words_add(&changed, CELERY_MODULE);
        if (id == SETTING_CONCURRENCY && value->count > 0) {
            words_clear(&changed);
            words_addf(&changed, "%ld", celery_concurrency(worker, node));
        }
        if (changed.count > 0)
            add_flag(id, &changed, words);
        words_clear(&changed);
    }
}

/* celery_cmd was checked when it was read, so it splits. */
static void
add_command(const struct worker *worker, const struct node *node,
    struct words *words)
{
    const char *text = layer_text(&worker->layer, SETTING_CELERY_CMD);
    struct words split = {0};
    const char *reason;

    words_add_shell(&split, text, &reason);
    /* In quotes it is the name of a directory. */
    if (split.count > 0 && text_starts(text, "~/")) {
        char *program = split.word[0];

        split.word[0] = path_at_home(program, node->home);
        free(program);
    }
    words_add_all(words, &split);
    words_clear(&split);
}

void
celery_words(const struct worker *worker, const struct node *node,
    struct words *words)
{
    add_command(worker, node, words);
    add_flags(worker, node, USE_CELERY, words);
    words_add(words, "worker");
    add_flags(worker, node, USE_WORKER, words);
    words_add_all(words, &worker->layer.value[SETTING_EXTRA_ARGS]);
}

/* Where NAME=... stands in the environment, or its count. */
static size_t
position(const struct words *environment, const char *name)
{
    size_t length = strlen(name), i;

    for (i = 0; i < environment->count; i++)
        if (strncmp(environment->word[i], name, length) == 0
            && environment->word[i][length] == '=')
            break;
    return i;
}

static void
set(struct words *environment, const char *name, const char *text)
{
    size_t i = position(environment, name);

    if (text == NULL)
        return;
    if (i == environment->count) {
        words_addf(environment, "%s=%s", name, text);
        return;
    }
    free(environment->word[i]);
    environment->word[i] = text_format("%s=%s", name, text);
}

static void
set_all(struct words *environment, const struct words *more)
{
    for (size_t i = 0; i < more->count; i++) {
        size_t length = strcspn(more->word[i], "=");
        char *name = text_copy_part(more->word[i], length);

        set(environment, name, more->word[i] + length + 1);
        free(name);
    }
}

/* Put `text` before what the variable holds, with a colon between. */
static void
prepend(struct words *environment, const char *name, const char *text)
{
    size_t i = position(environment, name);
    const char *old = i < environment->count ? environment->word[i]
        + strlen(name) + 1 : "";
    char *both = text_format("%s%s%s", text, *old ? ":" : "", old);

    set(environment, name, both);
    free(both);
}

static void
set_virtualenv(const struct worker *worker, struct words *environment)
{
    char *path = layer_path(&worker->layer, SETTING_VIRTUALENV), *programs;

    if (path == NULL)
        return;
    programs = text_format("%s/bin", path);
    set(environment, "VIRTUAL_ENV", path);
    prepend(environment, "PATH", programs);
    free(programs);
    free(path);
}

void
celery_environment(const struct worker *worker, const struct node *node,
    const struct words *file, const struct celery_run *run,
    struct words *environment)
{
    const struct layer *layer = &worker->layer;
    char *libraries = words_join(&layer->value[SETTING_LD_LIBRARY_PATHS],
        ":");
    char *modules = run->record ? text_format("%s/python", run->record)
        : NULL;

    set(environment, "HOME", node->home);
    set(environment, "USER", node->user);
    set(environment, "LOGNAME", node->user);
    set(environment, "SHELL", node->shell);
    set(environment, "PATH", CELERY_PATH);
    set(environment, "LANG", "C.UTF-8");
    set(environment, "TERM", run->term);
    if (file != NULL)
        set_all(environment, file);
    set_all(environment, &layer->value[SETTING_ENVIRONMENT]);
    for (int id = 0; id < SETTING_COUNT; id++)
        if (settings[id].use == USE_VARIABLE)
            set(environment, settings[id].flag, layer_text(layer, id));
    set_virtualenv(worker, environment);
    if (*libraries)
        prepend(environment, "LD_LIBRARY_PATH", libraries);
    if (modules != NULL)
        prepend(environment, "PYTHONPATH", modules);
    set(environment, "NOTIFY_SOCKET", run->notify_socket);
    set(environment, "CELERY_TMUX_ID", run->id);
    set(environment, "CELERY_TMUX_RECORD", run->record);
    set(environment, "CELERY_TMUX_WATCHDOG", run->record ? layer_text(layer,
        SETTING_WATCHDOG) : NULL);
    /* Or setproctitle wipes the environment that strays are found by. */
    set(environment, "SPT_NOENV", "1");
    free(modules);
    free(libraries);
}
