/*
 * reader.c - cuts what comes into lines.
 */
#include "top/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/*
 * Bytes of a line; bytes that are read at once, so that who never stops does
 * not hold up the keys.
 */
enum { LINE = 65536, AT_ONCE = 1 << 20 };

void
reader_open(struct reader *reader, int descriptor)
{
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    *reader = (struct reader){ descriptor, text_allocate(LINE, 1), 0, false };
}

/* Hand over the whole lines; the beginning of one stays. */
static size_t
take_lines(struct reader *reader, void (*take)(char *, void *), void *data)
{
    char *line = reader->text, *end;
    size_t left = reader->length, dropped = 0;

    while ((end = memchr(line, '\n', left)) != NULL) {
        *end = '\0';
        if (reader->drops)
            reader->drops = false;
        else
            take(line, data);
        left -= end + 1 - line;
        line = end + 1;
    }
    if (left == LINE) {
        dropped = !reader->drops;
        reader->drops = true;
        left = 0;
    }
    memmove(reader->text, line, left);
    reader->length = left;
    return dropped;
}

size_t
reader_read(struct reader *reader, void (*take)(char *, void *), void *data)
{
    size_t taken = 0, dropped = 0;
    ssize_t got;

    while (reader->descriptor >= 0 && taken < AT_ONCE) {
        got = read(reader->descriptor, reader->text + reader->length,
            LINE - reader->length);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (got <= 0) {
            close(reader->descriptor);
            reader->descriptor = -1;
            break;
        }
        reader->length += got;
        taken += got;
        dropped += take_lines(reader, take, data);
    }
    return dropped;
}

void
reader_close(struct reader *reader)
{
    if (reader->descriptor >= 0)
        close(reader->descriptor);
    reader->descriptor = -1;
    free(reader->text);
    reader->text = NULL;
}

size_t
line_skip_cut_off(const char *whole, char **line)
{
    size_t skipped = 0;
    char *label, *next;

    if (**line == '{' || **line == '\0' || *line == whole)
        return 0;
    label = text_copy_part(whole, *line - whole);
    while ((next = strstr(*line, label)) != NULL) {
        *line = next + strlen(label);
        skipped++;
    }
    free(label);
    return skipped;
}
