/*
 * screen.c - what is of interest of a pane's captured screen.
 */
#include "tmux/tmux.h"

#include <string.h>

#include "base/text.h"

/* The length of `text`, of `length` bytes, without blank lines at its end. */
static size_t
filled_length(const char *text, size_t length)
{
    while (length > 0 && strchr(" \n\r", text[length - 1]))
        length--;
    return length;
}

/* Where the line begins whose end is before `length`. */
static size_t
line_start(const char *text, size_t length)
{
    while (length > 0 && text[length - 1] != '\n')
        length--;
    return length;
}

/* Before 3.4 tmux fills lines up with blanks that nobody wrote. */
static char *
trimmed_copy(const char *text, size_t length)
{
    struct text_stream copy;
    size_t line;

    text_open(&copy);
    for (; length > 0; text += line, length -= line) {
        line = 1 + strcspn(text, "\n");
        line = line > length ? length : line;
        fwrite(text, 1, filled_length(text, line), copy.file);
        putc('\n', copy.file);
    }
    return text_close(&copy);
}

char *
tmux_last_lines(const char *text, long lines)
{
    size_t end = filled_length(text, strlen(text)), start;

    start = line_start(text, end);
    if (text_starts(text + start, "Pane is dead"))
        end = filled_length(text, start);
    if (end == 0)
        return text_copy("");
    start = line_start(text, end);
    while (start > 0 && --lines > 0)
        start = line_start(text, start - 1);
    return trimmed_copy(text + start, end - start);
}
