/*
 * place.c - sentences about a part of a host list.  A list can be
 * long and come from anywhere, so the quotation is short and printable.
 */
#include "hostlist/place.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

/* A sentence quotes no more bytes than this. */
#define QUOTED 60

/* Is the byte the second or a later one of a UTF-8 character? */
static bool
place_is_inside(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The characters, not the bytes, before `at`, counted from 1. */
static size_t
character(const char *text, const char *at)
{
    size_t count = 1;

    for (; text < at; text++)
        count += !place_is_inside(*text);
    return count;
}

static char *
quotation(const char *at, size_t length)
{
    size_t shown = length > QUOTED ? QUOTED : length;
    char *text;

    while (shown < length && shown > 0 && place_is_inside(at[shown]))
        shown--;
    text = text_format("\"%.*s%s\"", (int)shown, at,
        shown < length ? "..." : "");
    for (char *c = text; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    return text;
}

bool
place_problem(const struct place *place, const char *at, size_t length,
    const char *format, ...)
{
    char *where, *quoted = quotation(at, length), *what;
    va_list list;

    va_start(list, format);
    what = text_format_list(format, list);
    va_end(list);
    where = place->file ? text_format(" %s:%d", place->file, place->line)
        : text_copy("");
    problem_add(place->problem, place->status,
        "%s%shost list%s: %s at character %zu %s",
        place->where ? place->where : "", place->where ? ": " : "", where,
        quoted, character(place->text, at), what);
    free(where);
    free(quoted);
    free(what);
    return false;
}
