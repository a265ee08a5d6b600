/*
 * text.c - strings on the heap, so that no file needs a buffer of fixed
 * size or a second opinion about what to do when memory is short.
 */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void out_of_memory(void) __attribute__((noreturn));

static void
out_of_memory(void)
{
    static const char sentence[] = "celery-tmux-launch: this machine is out "
        "of memory\n";

    (void)!write(STDERR_FILENO, sentence, sizeof sentence - 1);
    exit(70);
}

void *
text_reallocate(void *memory, size_t count, size_t size)
{
    void *moved;

    if (size != 0 && count > SIZE_MAX / size)
        out_of_memory();
    moved = realloc(memory, count && size ? count * size : 1);
    if (moved == NULL)
        out_of_memory();
    return moved;
}

void *
text_allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);

    if (memory == NULL)
        out_of_memory();
    return memory;
}

char *
text_copy(const char *text)
{
    return text_copy_part(text, SIZE_MAX);
}

char *
text_copy_part(const char *text, size_t length)
{
    char *copy = strndup(text, length);

    if (copy == NULL)
        out_of_memory();
    return copy;
}

char *
text_format_list(const char *format, va_list list)
{
    char *text;

    if (vasprintf(&text, format, list) < 0)
        out_of_memory();
    return text;
}

char *
text_format(const char *format, ...)
{
    va_list list;
    char *text;

    va_start(list, format);
    text = text_format_list(format, list);
    va_end(list);
    return text;
}

void
text_append(char **text, const char *format, ...)
{
    size_t before = *text ? strlen(*text) : 0, more;
    va_list list;
    char *added;

    va_start(list, format);
    added = text_format_list(format, list);
    va_end(list);
    more = strlen(added);
    *text = text_reallocate(*text, before + more + 1, 1);
    memcpy(*text + before, added, more + 1);
    free(added);
}

FILE *
text_open(struct text_stream *stream)
{
    stream->file = open_memstream(&stream->text, &stream->size);
    if (stream->file == NULL)
        out_of_memory();
    return stream->file;
}

char *
text_close(struct text_stream *stream)
{
    if (ferror(stream->file) || fclose(stream->file) != 0)
        out_of_memory();
    stream->file = NULL;
    return stream->text;
}

/* The characters that no shell gives a meaning to, wherever they stand. */
static bool
is_plain(char c)
{
    return isalnum((unsigned char)c) || strchr("%+,-./:=@_", c) != NULL;
}

char *
text_quote(const char *text)
{
    /* zsh takes a leading = for the path of a command. */
    bool plain = *text != '\0' && *text != '=';
    struct text_stream stream;
    FILE *to;

    for (const char *c = text; *c && plain; c++)
        plain = is_plain(*c);
    if (plain)
        return text_copy(text);
    to = text_open(&stream);
    putc('\'', to);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", to);
        else
            putc(*text, to);
    putc('\'', to);
    return text_close(&stream);
}

bool
text_to_long(const char *text, long *number)
{
    const char *digits = text + (*text == '-' || *text == '+');
    long value;

    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return false;
    errno = 0;
    value = strtol(text, NULL, 10);
    if (errno != 0)
        return false;
    *number = value;
    return true;
}

bool
text_to_size(const char *text, long long *size)
{
    static const char units[] = "KMGT";
    size_t digits = strspn(text, "0123456789");
    const char *unit = text[digits] ? strchr(units,
        toupper((unsigned char)text[digits])) : NULL;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    long long number;

    if (digits == 0 || text[digits + (unit != NULL)] != '\0')
        return false;
    errno = 0;
    number = strtoll(text, NULL, 10);
    if (errno != 0 || number > LLONG_MAX >> shift)
        return false;
    *size = number << shift;
    return true;
}

bool
text_starts(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool
text_ends(const char *text, const char *ending)
{
    size_t length = strlen(text), desired = strlen(ending);

    return length >= desired && strcmp(text + length - desired, ending) == 0;
}

const char *
text_number(const char *text, const char *stem)
{
    size_t length = strlen(stem);

    if (!text_starts(text, stem) || text[length] != '+')
        return NULL;
    text += length + 1;
    return *text && text[strspn(text, "0123456789")] == '\0' ? text : NULL;
}

bool
text_is_utf8(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;

    while (*c) {
        unsigned char first = *c++, low = 0x80, high = 0xbf;
        int more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1
            : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;

        if (more < 0)
            return false;
        low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : low;
        high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : high;
        for (; more > 0; more--, low = 0x80, high = 0xbf)
            if (*c < low || *c > high)
                return false;
            else
                c++;
    }
    return true;
}

static int
folded(char c)
{
    return c == '-' ? '_' : tolower((unsigned char)c);
}

static size_t
smaller(size_t one, size_t other)
{
    return one < other ? one : other;
}

size_t
text_distance(const char *one, const char *other)
{
    size_t width = strlen(other) + 1, height = strlen(one) + 1, result;
    size_t *row = text_allocate(3 * width, sizeof *row);
    size_t *now = row, *last = row + width, *before = row + 2 * width;

    for (size_t x = 0; x < width; x++)
        now[x] = x;
    for (size_t y = 1; y < height; y++) {
        size_t *spare = before;

        before = last;
        last = now;
        now = spare;
        now[0] = y;
        for (size_t x = 1; x < width; x++) {
            int here = folded(one[y - 1]), there = folded(other[x - 1]);

            now[x] = last[x - 1] + (here != there);
            now[x] = smaller(now[x], last[x] + 1);
            now[x] = smaller(now[x], now[x - 1] + 1);
            if (x > 1 && y > 1 && here == folded(other[x - 2])
                && folded(one[y - 2]) == there)
                now[x] = smaller(now[x], before[x - 2] + 1);
        }
    }
    result = now[width - 1];
    free(row);
    return result;
}
