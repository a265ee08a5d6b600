/*
 * setting-read.c - from what somebody wrote to the one way of writing
 * it, or to a sentence that says what to write.
 */
#include "config/setting-reading.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "hostlist/hostlist.h"

/* `text` for a sentence: one line, not too long, no control characters. */
static char *
readable(const char *text)
{
    char *shown = NULL;

    for (const char *c = text; *c && c < text + 60; c++)
        text_append(&shown, iscntrl((unsigned char)*c) ? "\\x%02x" : "%c",
            iscntrl((unsigned char)*c) ? (unsigned char)*c : *c);
    if (strlen(text) > 60)
        text_append(&shown, "...");
    return shown ? shown : text_copy("");
}

bool
reading_wrong(const struct reading *reading, const char *text,
    const char *advice, ...)
{
    char *shown = readable(text), *sentence;
    va_list list;

    va_start(list, advice);
    sentence = text_format_list(advice, list);
    va_end(list);
    if (reading->setting->type == TYPE_URL
        || reading->setting->type == TYPE_ENVIRONMENT)
        problem_add(reading->problem, reading->status, "%s: %s%s %s",
            reading->place, reading->setting->key,
            reading->setting->type == TYPE_URL ? " is wrong;" : "", sentence);
    else
        problem_add(reading->problem, reading->status, "%s: %s is \"%s\"; %s",
            reading->place, reading->setting->key, shown, sentence);
    free(sentence);
    free(shown);
    return false;
}

bool
reading_take(const struct reading *reading, const char *text)
{
    words_add(reading->value, text);
    return true;
}

static bool
has_control(const char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            return true;
    return false;
}

/* NAME_MAX is for what is between two slashes. */
static bool
is_too_long(const char *path, size_t longest)
{
    size_t part;

    if (strlen(path) > longest)
        return true;
    for (; *path; path += part + (path[part] == '/')) {
        part = strcspn(path, "/");
        if (part > NAME_MAX)
            return true;
    }
    return false;
}

size_t
setting_longest(enum setting_id id)
{
    return settings[id].maximum ? settings[id].maximum : PATH_MAX - 1;
}

static bool
read_text(const struct reading *reading, const char *text)
{
    enum setting_type type = reading->setting->type;
    size_t longest = setting_longest(reading->setting - settings);

    if (has_control(text) && type != TYPE_COMMAND)
        return reading_wrong(reading, text, "it has a control character, such "
            "as a line break or a tab; remove it");
    if ((type == TYPE_NAME || reading->setting->utf8) && !text_is_utf8(text))
        return reading_wrong(reading, text,
            "it is not UTF-8; write it in UTF-8");
    if (type == TYPE_DIRECTORY && *text != '/' && strcmp(text, "~") != 0
        && !text_starts(text, "~/"))
        return reading_wrong(reading, text,
            "write a path that begins with / or ~/");
    if ((type == TYPE_DIRECTORY || type == TYPE_FILE) && is_too_long(text,
        longest))
        return reading_wrong(reading, text, "write a path of at most %zu "
            "bytes, with at most %d between two slashes", longest, NAME_MAX);
    return reading_take(reading, text);
}

static bool
read_switch(const struct reading *reading, const char *text)
{
    static const char *const on[] = { "true", "yes", "on", "1" };
    static const char *const off[] = { "false", "no", "off", "0" };

    for (size_t i = 0; i < sizeof on / sizeof *on; i++) {
        if (strcasecmp(text, on[i]) == 0)
            return reading_take(reading, "true");
        if (strcasecmp(text, off[i]) == 0)
            return reading_take(reading, "false");
    }
    return reading_wrong(reading, text, "write true or false");
}

static bool
read_choice(const struct reading *reading, const char *text)
{
    const char *const *choices = reading->setting->choices;
    char *known = NULL;

    for (size_t i = 0; choices[i]; i++)
        if (strcasecmp(text, choices[i]) == 0)
            return reading_take(reading, choices[i]);
    for (size_t i = 0; choices[i]; i++)
        text_append(&known, "%s%s", i == 0 ? "" : choices[i + 1] ? ", "
            : " or ", choices[i]);
    reading_wrong(reading, text, "write %s", known);
    free(known);
    return false;
}

/*
 * Celery would end cold at TERM, and every stop and restart cut running tasks
 * off.
 */
static bool
remaps_term(const struct reading *reading, const char *variable)
{
    return text_starts(variable, SETTING_REMAP "=")
        && !problem_add(reading->problem, STATUS_CONFIG, "%s: %s sets "
            SETTING_REMAP ", which would make stop and restart cut tasks off; "
            "leave it out, and use kill --now to cut tasks off",
            reading->place, reading->setting->key);
}

static bool
read_words(const struct reading *reading, const char *text)
{
    struct words words = {0};
    const char *reason;
    bool assignment, command, remaps = false;

    if (has_control(text))
        return read_text(reading, text);
    if (!words_add_shell(&words, text, &reason))
        return reading_wrong(reading, text, "%s; write one simple command and "
            "put the rest into a script or worker_setup_cmd", reason);
    assignment = words.count > 0 && strchr(words.word[0], '=') != NULL;
    command = words.count > 0 && *words.word[0] != '\0';
    for (size_t i = 1; i < words.count && !assignment; i++)
        remaps = remaps || remaps_term(reading, words.word[i]);
    words_clear(&words);
    if (remaps)
        return false;
    if (!command)
        return reading_wrong(reading, text, "it names no command; write one, "
            "or leave the setting out");
    if (assignment)
        return reading_wrong(reading, text, "it begins with an assignment; "
            "move that to environment");
    return reading_take(reading, text);
}

static bool
read_variable(const struct reading *reading, const char *text)
{
    size_t length = strcspn(text, "=");
    char *name = text_copy_part(text, length);
    bool good = length > 0 && text[length] == '='
        && !isdigit((unsigned char)*name);

    for (const char *c = name; *c; c++)
        good = good && (isalnum((unsigned char)*c) || *c == '_');
    if (!good) {
        /* Without a = it may be the second line of a secret. */
        char *shown = text[length] == '=' ? readable(name)
            : text_copy("...");

        reading_wrong(reading, text, "has \"%s\", which names no variable; "
            "write NAME=TEXT, the name of letters, digits and _", shown);
        free(shown);
    }
    free(name);
    return good && !remaps_term(reading, text)
        && reading_take(reading, text);
}

static bool
read_item(const struct reading *reading, const char *text)
{
    switch (reading->setting->type) {
    case TYPE_NUMBER:
        return reading_number(reading, text);
    case TYPE_DECIMAL:
        return reading_decimal(reading, text);
    case TYPE_SIZE:
        return reading_size(reading, text);
    case TYPE_SWITCH:
        return read_switch(reading, text);
    case TYPE_CHOICE:
        return read_choice(reading, text);
    case TYPE_CONCURRENCY:
        return reading_concurrency(reading, text);
    case TYPE_AUTOSCALE:
        return reading_autoscale(reading, text);
    case TYPE_UMASK:
        return reading_umask(reading, text);
    case TYPE_WORDS:
        return read_words(reading, text);
    case TYPE_HOSTS:
        return hostlist_check(text, reading->place, reading->problem)
            && reading_take(reading, text);
    case TYPE_ENVIRONMENT:
        return read_variable(reading, text);
    case TYPE_REFUSED:
        return problem_add(reading->problem, reading->status,
            "%s: %s cannot be set: %s", reading->place,
            reading->setting->key, reading->setting->help);
    default:
        return read_text(reading, text);
    }
}

/* An empty item Celery would take for a queue or module without a name. */
static bool
check_items(const struct reading *reading, const struct words *written,
    const struct words *items)
{
    for (size_t i = 0; i < items->count; i++)
        if (*items->word[i] == '\0')
            return reading_wrong(reading, written->count == 1
                ? written->word[0] : "", "an item of the list is empty; leave "
                "it out");
    return true;
}

static bool
is_list(enum setting_type type)
{
    return type == TYPE_LIST || type == TYPE_ENVIRONMENT;
}

bool
setting_read(enum setting_id id, const struct words *written,
    const char *place, enum status status, struct words *value,
    struct problem *problem)
{
    struct words read = {0}, split = {0};
    struct reading reading = {
        &settings[id], place, status, &read, problem
    };
    char separator[2] = { reading.setting->separator, '\0' };
    bool good = true, fine = true;

    if (written->count == 1 && *written->word[0] == '\0'
        && reading.setting->type != TYPE_REFUSED)
        words_add(&read, "");
    else if (written->count != 1 && !is_list(reading.setting->type))
        good = problem_add(problem, status, "%s: %s is a list; write one "
            "value", place, reading.setting->key);
    else {
        for (size_t i = 0; i < written->count; i++)
            if (written->count == 1 && *separator)
                words_add_parts(&split, written->word[0], separator);
            else
                words_add(&split, written->word[i]);
        good = !*separator || check_items(&reading, written, &split);
        for (size_t i = 0; good && i < split.count; i++)
            fine = read_item(&reading, split.word[i]) && fine;
        good = good && fine;
    }
    if (good)
        words_add_all(value, &read);
    words_clear(&split);
    words_clear(&read);
    return good;
}
