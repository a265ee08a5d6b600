/*
 * cause.c - reads what a failed probe printed.
 */
#include "probe/cause.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "worker/celery.h"

/* Bytes of a sentence that is quoted. */
enum { LONGEST = 400 };

#define OURS "celery-tmux-launch: "

/* A worker's answer to TERM, behind "worker: Warm". */
#define WORKER_ENDS " shutdown (MainProcess)"

static bool
says(const struct probe *probe, const char *text)
{
    return strstr(probe->printed, text) != NULL;
}

/* The words of click, and of argparse, for an option they do not know. */
static const char *const unknown[] = {
    "No such option: ", "no such option: ", "No such option ",
    "unrecognized arguments: ", NULL
};

/*
 * What is printed about an app that cannot be imported.  Celery 5.0 has no
 * sentence for it: a usage error names the option, all else is a traceback.
 */
static const char *const app_words[] = {
    "Unable to load celery application", "Invalid value for '-A'",
    ", in find_app\n", NULL
};

enum cause_kind
cause_of(const struct probe *probe)
{
    bool ours = text_starts(probe->printed, OURS) || says(probe, "\n" OURS);

    /* The last that is asked is the broker, and whether that answered. */
    if (probe->complete || (probe->findings
        && strstr(probe->findings, "\nbroker ")))
        return CAUSE_NONE;
    if (probe->ready || (probe->executed && says(probe, WORKER_ENDS)))
        return CAUSE_OTHER_WORKER;
    if (probe->late)
        return probe->executed ? CAUSE_LATE : CAUSE_SETUP;
    if (!probe->executed)
        return ours ? CAUSE_LIMITS : CAUSE_SETUP;
    if (ours || says(probe, "No module named 'celery'")
        || says(probe, "No module named celery\n")
        || says(probe, "'celery' distribution was not found")
        || says(probe, "No package metadata was found for celery"))
        return CAUSE_COMMAND;
    if (says(probe, "No module named '" CELERY_MODULE "'"))
        return CAUSE_MODULE;
    for (size_t i = 0; unknown[i]; i++)
        if (says(probe, unknown[i]))
            return CAUSE_OPTION;
    if (says(probe, "messages serialized with pickle"))
        return CAUSE_ROOT;
    for (size_t i = 0; app_words[i]; i++)
        if (says(probe, app_words[i]))
            return CAUSE_APP;
    if (says(probe, "ImportError: ") || says(probe, "ModuleNotFoundError: "))
        return CAUSE_IMPORT;
    return CAUSE_OTHER;
}

/*
 * The last line of `text` that begins with `word`, behind that; blank lines at
 * the end do not count.  NULL when there is none.
 */
static const char *
last_line_with(const char *text, const char *word)
{
    const char *found = NULL;

    for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
        if (text_starts(text, word) && text[strspn(text, " \t\r\n")])
            found = text + strlen(word);
    return found;
}

/* Lines joined, runs of blanks made one. */
static char *
join(const char *text, size_t length)
{
    char *joined = text_copy_part(text, length), *to = joined;

    for (char *from = joined; *from; from++)
        if (!isspace((unsigned char)*from))
            *to++ = *from;
        else if (to > joined && to[-1] != ' ')
            *to++ = ' ';
    while (to > joined && strchr(" .", to[-1]))
        to--;
    *to = '\0';
    return joined;
}

/* Add the file and line of the traceback of which `said` is the last line. */
static void
add_place(const char *printed, const char *said, char **joined)
{
    static const char between[] = "\", line ";
    const char *place = last_line_with(printed, "  File \"");
    size_t length = place ? strcspn(place, "\"\n") : 0;

    if (place == NULL || place > said
        || !text_starts(place + length, between))
        return;
    /* What Python shows of the source is indented. */
    for (const char *next = place; (next += strcspn(next, "\n") + 1) < said;)
        if (*next != ' ')
            return;
    text_append(joined, " (%.*s, line %ld)", (int)length, place,
        strtol(place + length + strlen(between), NULL, 10));
}

char *
cause_text(const struct probe *probe)
{
    const char *text = last_line_with(probe->printed, OURS), *end;
    char *joined;

    if (text != NULL) {
        /* Of celery_cmd there is more to say than of any program. */
        end = strstr(text, "; install it or correct PATH\n");
        return join(text, end ? (size_t)(end - text) : strcspn(text, "\n"));
    }
    text = last_line_with(probe->printed, "Error: ");
    if (text != NULL && !strstr(text, "Traceback (most recent call last)"))
        return join(text, LONGEST);
    text = last_line_with(probe->printed, "");
    if (text == NULL)
        return text_copy("");
    joined = join(text, LONGEST);
    add_place(probe->printed, text, &joined);
    return joined;
}

char *
cause_option(const struct probe *probe)
{
    const char *text = NULL;

    for (size_t i = 0; unknown[i] && text == NULL; i++)
        if ((text = strstr(probe->printed, unknown[i])) != NULL)
            text += strlen(unknown[i]);
    if (text == NULL)
        return text_copy("");
    text += strspn(text, "'\"");
    return text_copy_part(text, strcspn(text, "= '\"\n"));
}
