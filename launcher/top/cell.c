/*
 * cell.c - makes texts and numbers fit.
 */
#include "top/cell.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "base/plain.h"
#include "base/text.h"

/* No text needs more columns; a longer one is not even looked at. */
enum { WIDEST = 4096 };

bool
cell_has_letters(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/*
 * One letter of a plain text; its bytes, and its columns, which are -1 when it
 * cannot be shown.
 */
static size_t
letter_measure(const char *text, int *columns)
{
    wchar_t letter;
    mbstate_t state = {0};
    size_t size = 1;

    if ((unsigned char)*text < 0x80) {
        *columns = *text >= ' ' && *text < '\x7f' ? 1 : -1;
        return 1;
    }
    *columns = -1;
    while (((unsigned char)text[size] & 0xc0) == 0x80)
        size++;
    if (cell_has_letters() && mbrtowc(&letter, text, size, &state) == size
        && iswprint(letter))
        *columns = wcwidth(letter);
    return size;
}

static char *
plain_start(const char *text)
{
    char *part = text_copy_part(text ? text : "-", WIDEST);
    char *plain = plain_text(part);

    free(part);
    return plain;
}

int
cell_width(const char *text)
{
    char *plain = plain_start(text);
    int width = 0, columns;

    for (const char *at = plain; *at; ) {
        at += letter_measure(at, &columns);
        width += columns < 0 ? 1 : columns;
    }
    free(plain);
    return width;
}

static void
fill(char **cell, int columns)
{
    if (columns > 0)
        text_append(cell, "%*s", columns, "");
}

char *
cell_text(const char *text, int columns, bool right)
{
    int width = cell_width(text), used = 0, wide;
    bool cut = width > columns;
    char *plain = plain_start(text), *cell = text_copy("");

    if (right && !cut)
        fill(&cell, columns - width);
    for (const char *at = plain; *at && columns > 0; ) {
        size_t size = letter_measure(at, &wide);

        if (used + (wide < 0 ? 1 : wide) > columns - cut)
            break;
        if (wide < 0)
            text_append(&cell, "?");
        else if (wide > 0)
            text_append(&cell, "%.*s", (int)size, at);
        used += wide < 0 ? 1 : wide;
        at += size;
    }
    if (cut && columns > 0) {
        text_append(&cell, "%s", cell_has_letters() ? "\u2026" : "~");
        used++;
    }
    if (!right || cut)
        fill(&cell, columns - used);
    free(plain);
    return cell;
}

void
cell_lines(const char *text, int columns, struct words *lines)
{
    char *plain = plain_start(text), *line = text_copy("");
    int used = 0, wide;

    for (const char *at = plain; *at && columns > 0; ) {
        size_t size = letter_measure(at, &wide);
        int width = wide < 0 ? 1 : wide;

        if (used + width > columns) {
            words_add(lines, line);
            free(line);
            line = text_copy("");
            used = 0;
        }
        text_append(&line, "%.*s", wide < 0 ? 1 : (int)size,
            wide < 0 ? "?" : at);
        used += width;
        at += size;
    }
    words_add(lines, line);
    free(line);
    free(plain);
}

/* At most four letters. */
static char *
scaled(double number, double step, const char *units)
{
    size_t unit = 0;

    while (number >= 999.5 && units[unit + 1]) {
        number /= step;
        unit++;
    }
    return units[unit] == ' ' ? text_format("%.0f", number)
        : text_format(number < 9.95 ? "%.1f%c" : "%.0f%c", number,
            units[unit]);
}

char *
cell_count(long long number)
{
    if (number < 0)
        return text_copy("-");
    if (number < 100000)
        return text_format("%lld", number);
    return scaled(number, 1000, " kMGTPE");
}

char *
cell_memory(long long mib)
{
    if (mib >= 0 && mib < 1000)
        return text_format("%lldM", mib);
    return mib < 0 ? text_copy("-") : scaled(mib, 1024, "MGTPE");
}

char *
cell_rate(double rate)
{
    if (rate < 0)
        return text_copy("-");
    return rate < 99.95 ? text_format("%.1f", rate)
        : scaled(rate, 1000, " kMGTPE");
}

char *
cell_span(long long seconds)
{
    return seconds < 0 ? text_copy("-")
        : seconds < 60 ? text_format("%llds", seconds)
        : seconds < 3600 ? text_format("%lldm", seconds / 60)
        : seconds < 48LL * 3600 ? text_format("%lldh", seconds / 3600)
        : text_format("%lldd", seconds / 86400);
}
