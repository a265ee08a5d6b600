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

#include "base/file.h"

/* The state behind one of the two streams. */
struct stream {
    int descriptor;
    struct plain plain;
    bool passes;
    int error;                  /* errno of the first failure, or 0 */
};

FILE *plain_out, *plain_err;

static struct stream out = { .descriptor = STDOUT_FILENO };
static struct stream err = { .descriptor = STDERR_FILENO };

/* The output waits where there is no room; errors do not hold us up. */
static bool
write_all(struct stream *stream, const char *text, size_t size)
{
    if (file_write(stream->descriptor, text, size, stream == &out))
        return true;
    if (stream->error == 0)
        stream->error = errno;
    return false;
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

/* A file has no reader who could go. */
bool
plain_wait(int milliseconds)
{
    struct pollfd reader = { .fd = out.descriptor };

    return plain_end() && (poll(&reader, 1, milliseconds) <= 0
        || !(reader.revents & (POLLERR | POLLHUP | POLLNVAL)));
}
