/*
 * text.h - strings on the heap.
 *
 * Every function that returns a `char *` hands over a new string that the
 * caller frees.  Running out of memory ends the program with a sentence and
 * status 70: a program this small has nothing better to do then.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

char *text_copy(const char *text);
/* At most `length` bytes of `text`. */
char *text_copy_part(const char *text, size_t length);
char *text_format(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
char *text_format_list(const char *format, va_list list)
    __attribute__((format(printf, 1, 0)));
/* Add to `*text`, which may be NULL and may move. */
void text_append(char **text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A long text, put together by what prints to its file, in time that grows
 * with its length only.
 */
struct text_stream {
    FILE *file;
    char *text;                 /* what text_close() hands over */
    size_t size;
};

FILE *text_open(struct text_stream *stream);
char *text_close(struct text_stream *stream);

/* `text` as one word for a POSIX shell; quoted only where it must be. */
char *text_quote(const char *text);

/*
 * Read all of `text` as a whole number in decimal.  False, and `*number`
 * untouched, when it is anything else or does not fit in a long.
 */
bool text_to_long(const char *text, long *number);
/*
 * The same for a number of bytes, 0 or more, with K, M, G or T, each 1024
 * times the one before.
 */
bool text_to_size(const char *text, long long *size);

bool text_starts(const char *text, const char *beginning);
bool text_ends(const char *text, const char *ending);
/* The digits of STEM+DIGITS, within `text`; NULL when it is anything else. */
const char *text_number(const char *text, const char *stem);
/* Well-formed UTF-8, after RFC 3629? */
bool text_is_utf8(const char *text);

/*
 * How many letters must be added, dropped, changed or swapped with their
 * neighbour to make one text of the other; for "did you mean".  Letter case,
 * and `-` against `_`, do not count.
 */
size_t text_distance(const char *one, const char *other);

/* Memory that is there, or the end of the program. */
void *text_allocate(size_t count, size_t size);
void *text_reallocate(void *memory, size_t count, size_t size);

#endif
