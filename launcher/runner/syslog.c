/*
 * syslog.c - hands what the worker prints, line by line, to the system's log
 * as logger(1) does: facility user, severity notice, the session for a tag and
 * the runner's pid.  Others read that log, so passwords are masked.
 *
 * syslog(3) would hold a lock while the log takes nothing, and musl's fork()
 * waits for that lock: the runner could not end its worker.
 */
#include "runner/output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/mask.h"
#include "base/plain.h"
#include "base/text.h"

/* Bytes of a message that every log takes; a longer line becomes several. */
enum { MESSAGE = 900 };

struct lines {
    char *name;
    /* To the log; below 0: it was not there the last time. */
    int socket;
    bool stream;
    struct plain plain;
    char line[MESSAGE + 1];
    size_t length;
};

void *
syslog_data(const char *name)
{
    struct lines *lines = text_allocate(1, sizeof *lines);

    lines->name = text_copy(name);
    lines->socket = -1;
    return lines;
}

static void
disconnect(struct lines *lines)
{
    if (lines->socket >= 0)
        close(lines->socket);
    lines->socket = -1;
}

/* A log takes datagrams, as all do today, or a stream with NULs between. */
static bool
connect_log(struct lines *lines)
{
    struct sockaddr_un log = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };

    for (int i = 0; lines->socket < 0 && i < 2; i++) {
        lines->stream = i == 1;
        lines->socket = socket(AF_UNIX,
            (lines->stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
        if (lines->socket >= 0
            && connect(lines->socket, (struct sockaddr *)&log, sizeof log))
            disconnect(lines);
    }
    return lines->socket >= 0;
}

/* In the format of RFC 3164.  A log that was begun anew is found again. */
static void
send_message(struct lines *lines, const char *text)
{
    time_t now = time(NULL);
    char when[32], *message;
    struct tm local;

    strftime(when, sizeof when, "%b %e %T", localtime_r(&now, &local));
    message = text_format("<%d>%s %s[%d]: %s", LOG_USER | LOG_NOTICE, when,
        lines->name, (int)getpid(), text);
    for (int i = 0; i < 2 && connect_log(lines); i++) {
        if (send(lines->socket, message, strlen(message) + lines->stream,
                MSG_NOSIGNAL) >= 0)
            break;
        disconnect(lines);
    }
    free(message);
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
        send_message(lines, masked);
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
        char *said = text_format("[celery-tmux-launch: %llu bytes were not "
            "sent here: the system's log was too slow]", lost);

        send_line(lines);
        send_message(lines, said);
        free(said);
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
    disconnect(lines);
    free(lines->name);
    free(lines);
}

const struct outlet_calls syslog_calls = {
    syslog_take, syslog_rest, syslog_end
};
