/*
 * tmux-screen.c - what is of interest of a pane's captured screen.
 */
#include "tmux.h"

#include <string.h>

#include "text.h"

/* The length of `text` without the blank lines at its end. */
static size_t
filled_length(const char *text)
{
    size_t length = strlen(text);

    while (length > 0 && strchr(" \n\r", text[length - 1]))
        length--;
    return length;
}

void
tmux_keep_last(char *text, long lines)
{
    size_t length;
    char *start;

    text[filled_length(text)] = '\0';
    start = strrchr(text, '\n');
    if (text_starts(start ? start + 1 : text, "Pane is dead"))
        *(start ? start : text) = '\0';
    length = filled_length(text);
    if (length > 0)
        text[length++] = '\n';
    text[length] = '\0';
    start = text + length;
    while (start > text && (start[-1] != '\n' || start == text + length
        || --lines > 0))
        start--;
    memmove(text, start, strlen(start) + 1);
}
