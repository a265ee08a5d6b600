/*
 * health.c - the file `health` of a record: lines of a key, a blank and
 * the value.
 */
#include "record/health.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fields.h"
#include "base/seal.h"
#include "base/text.h"

/* Times that it is read until it was whole; tasks that are kept. */
enum { READS = 5, TASKS = 8 };

static const char *const trouble_names[] = {
    [TROUBLE_NONE] = "none", [TROUBLE_IDLE] = "idle", [TROUBLE_LOOP] = "loop",
    [TROUBLE_AWAY] = "away", [TROUBLE_MUTE] = "mute", [TROUBLE_END] = "end",
    [TROUBLE_SILENT] = "silent", [TROUBLE_BROKER] = "broker",
    [TROUBLE_BLIND] = "blind",
};

static enum trouble
trouble_find(const char *name)
{
    for (int i = TROUBLE_NONE; i <= TROUBLE_BLIND; i++)
        if (strcmp(trouble_names[i], name) == 0)
            return i;
    return TROUBLE_NONE;
}

/* Numbers by their key, in what a worker says and in the file. */
static long long *
health_number(struct health *health, const char *key)
{
    const struct { const char *key; long long *number; } rows[] = {
        { "busy", &health->busy }, { "pool", &health->pool },
        { "done", &health->done }, { "failed", &health->failed },
        { "last", &health->last }, { "waiting", &health->waiting },
        { "healed", &health->healed }, { "since", &health->since },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcasecmp(rows[i].key, key) == 0)
            return rows[i].number;
    return NULL;
}

/* False for a key that is none of ours. */
static bool
health_set(struct health *health, const char *key, const char *value)
{
    long long *number = health_number(health, key);
    char *rest;

    if (number != NULL)
        *number = strtoll(value, NULL, 10);
    else if (strcasecmp(key, "trouble") == 0) {
        health->since = strtoll(value, &rest, 10);
        health->trouble = trouble_find(rest + strspn(rest, " "));
    } else if (strcasecmp(key, "helpless") == 0)
        health->helpless = strcmp(value, "1") == 0;
    else if (strcasecmp(key, "task") == 0 && health->tasks.count < TASKS)
        words_add(&health->tasks, value);
    else
        return false;
    return true;
}

/* Lines of a key, `between` and a value. */
static bool
health_parse(struct health *health, const char *text, char between)
{
    bool found = false;

    health->waiting = -1;
    while (*text) {
        size_t length = strcspn(text, "\n");
        char *line = text_copy_part(text, length);
        char *value = strchr(line, between);

        if (value != NULL) {
            *value++ = '\0';
            found |= health_set(health, line, value);
        }
        free(line);
        text += length + (text[length] == '\n');
    }
    return found;
}

bool
health_take(struct health *health, const char *said)
{
    struct health fresh = { .known = true };

    if (!health_parse(&fresh, said, '='))
        return false;
    health_clear(health);
    *health = fresh;
    return true;
}

char *
health_text(const struct health *health, const struct run *run)
{
    char *sealed, *text;

    text = text_format("run %s\nbusy %lld\npool %lld\ndone %lld\n"
        "failed %lld\nlast %lld\nwaiting %lld\nhealed %lld\n"
        "trouble %lld %s\nhelpless %d\n", run->id, health->busy, health->pool,
        health->done, health->failed, health->last, health->waiting,
        health->healed, health->since, trouble_names[health->trouble],
        health->helpless);
    for (size_t i = 0; i < health->tasks.count; i++)
        text_append(&text, "task %s\n", health->tasks.word[i]);
    text_append(&text, "whole 1\n");
    sealed = seal_text(text);
    free(text);
    return sealed;
}

void
health_keep(const char *directory, const char *text, int *file)
{
    size_t size = strlen(text);

    if (*file <= 0) {
        char *path = text_format("%s/health", directory);

        *file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
            | O_NOFOLLOW, 0600);
        free(path);
    }
    if (*file > 0 && pwrite(*file, text, size, 0) == (ssize_t)size)
        (void)!ftruncate(*file, size);
}

void
health_read(const struct record *record, const struct run *run,
    struct health *health)
{
    char *text = NULL, *id;

    *health = (struct health){0};
    for (int i = 0; i < READS && text == NULL; i++) {
        text = record_read(record, "health");
        if (text == NULL && errno != EBADMSG)
            return;
    }
    id = fields_value(text, "run");
    if (text != NULL && strcmp(id, run->id) == 0
        && fields_number(text, "whole") == 1) {
        health->known = true;
        health_parse(health, text, ' ');
    }
    free(id);
    free(text);
}

void
health_remove(const struct record *record)
{
    record_remove(record, "health");
}

void
health_clear(struct health *health)
{
    words_clear(&health->tasks);
    *health = (struct health){0};
}

bool
health_is_stuck(const struct health *health)
{
    return health->trouble != TROUBLE_NONE && health->trouble < TROUBLE_BROKER;
}

bool
health_is_noted(const struct record *record)
{
    char *path = text_format("%s/stuck", record->directory);
    bool noted = access(path, F_OK) == 0;

    free(path);
    return noted;
}

bool
health_note(const struct record *record, bool stuck)
{
    char *path = text_format("%s/stuck", record->directory);
    int file = stuck ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        | O_NOFOLLOW, 0600) : -1;
    bool news = stuck ? file >= 0 : unlink(path) == 0;

    if (file >= 0)
        close(file);
    free(path);
    return news;
}
