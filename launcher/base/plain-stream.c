/*
 * plain-stream.c - the two streams that pass through the filter.
 *
 * They are streams of our own, for not every libc lets stdout and stderr be
 * assigned, and they are there before main(), so that whatever is linked with
 * them, a test for one, may print.
 */
#include "base/plain.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What stands behind one of them. */
struct stream {
    int descriptor;
    struct plain plain;
    bool passes;
    int error;                  /* errno of the first failure, or 0 */
};

FILE *plain_out, *plain_err;

static struct stream out = { .descriptor = STDOUT_FILENO };
static struct stream err = { .descriptor = STDERR_FILENO };

static bool
write_all(struct stream *stream, const char *text, size_t left)
{
    while (left > 0) {
        ssize_t written = write(stream->descriptor, text, left);

        if (written < 0 && errno == EINTR)
            continue;
        /* Somebody who shares the pipe may have made it so. */
        if (written < 0 && errno == EAGAIN && stream == &out) {
            struct pollfd room = { stream->descriptor, POLLOUT, 0 };

            poll(&room, 1, -1);
            continue;
        }
        if (written < 0) {
            if (stream->error == 0)
                stream->error = errno;
            return false;
        }
        text += written;
        left -= written;
    }
    return true;
}

static ssize_t
stream_write(void *cookie, const char *bytes, size_t size)
{
    struct stream *stream = cookie;
    char *text;
    bool good;

    if (stream->passes)
        return write_all(stream, bytes, size) ? (ssize_t)size : 0;
    text = plain_part(&stream->plain, bytes, size);
    good = write_all(stream, text, strlen(text));
    free(text);
    return good ? (ssize_t)size : 0;
}

static FILE *
open_stream(struct stream *stream, int buffering)
{
    cookie_io_functions_t functions = { .write = stream_write };
    FILE *file = fopencookie(stream, "w", functions);

    if (file == NULL) {
        perror("celery-tmux-launch: cannot print");
        exit(70);
    }
    setvbuf(file, NULL, buffering, BUFSIZ);
    return file;
}

static void __attribute__((constructor))
open_streams(void)
{
    plain_out = open_stream(&out, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
    plain_err = open_stream(&err, _IONBF);
}

void
plain_pass(void)
{
    fflush(plain_out);
    out.passes = true;
}

bool
plain_end(void)
{
    fflush(plain_out);
    errno = out.error;
    return errno == 0;
}
