/*
 * syslog.c - hands what the worker prints, line by line, to syslog(3), as
 * logger(1) does: facility user, severity notice, the session for a tag and
 * the runner's pid.  Others read the system's log, so passwords are masked.
 */
#include "runner/output.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/mask.h"
#include "base/plain.h"
#include "base/text.h"

/* Bytes of a message that every log takes; a longer line becomes several. */
enum { MESSAGE = 900 };

struct lines {
    char *name;
    struct plain plain;
    char line[MESSAGE + 1];
    size_t length;
};

void *
syslog_data(const char *name)
{
    struct lines *lines = text_allocate(1, sizeof *lines);

    lines->name = text_copy(name);
    openlog(lines->name, LOG_PID, LOG_USER);
    return lines;
}

/* Where a letter of UTF-8 begins at or before `at`. */
static size_t
letter_start(const char *text, size_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

static void
send_line(struct lines *lines)
{
    char *masked;

    lines->line[lines->length] = '\0';
    masked = mask_text(lines->line);
    if (*masked)
        syslog(LOG_NOTICE, "%s", masked);
    free(masked);
    lines->length = 0;
}

static void
syslog_take(void *data, const char *bytes, size_t count,
    unsigned long long lost)
{
    struct lines *lines = data;
    char *text = plain_part(&lines->plain, bytes, count), *next = text;

    if (lost > 0) {
        send_line(lines);
        syslog(LOG_NOTICE, "[celery-tmux-launch: %llu bytes were not sent "
            "here: the system's log was too slow]", lost);
    }
    while (*next) {
        size_t length = strcspn(next, "\n"), room = MESSAGE - lines->length;
        bool fits = length <= room, ends = fits && next[length] == '\n';

        if (!fits)
            length = letter_start(next, room);
        memcpy(lines->line + lines->length, next, length);
        lines->length += length;
        next += length + ends;
        if (ends || !fits)
            send_line(lines);
    }
    free(text);
}

/* A line that has no end yet waits for it. */
static int
syslog_rest(void *data)
{
    (void)data;
    return -1;
}

static void
syslog_end(void *data)
{
    struct lines *lines = data;

    send_line(lines);
    closelog();
    free(lines->name);
    free(lines);
}

const struct outlet_calls syslog_calls = {
    syslog_take, syslog_rest, syslog_end
};
