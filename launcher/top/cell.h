/*
 * cell.h - texts as they may be shown, and numbers as short as they can be.
 *
 * What a node says reaches no terminal as it is: a control character, what
 * turns the direction of writing, and a byte that is no UTF-8 become a
 * question mark, letters without a width go.  Where the terminal has no UTF-8,
 * any other letter is a question mark, too.
 */
#ifndef TOP_CELL_H
#define TOP_CELL_H

#include <stdbool.h>

#include "base/words.h"

/* Does the locale, which was set before, have UTF-8? */
bool cell_has_letters(void);
/*
 * `text`, NULL for "-", made harmless, in exactly `columns` columns: cut, with
 * a mark at its end, or filled with blanks, on the left when `right`.  Freed
 * by the caller.
 */
char *cell_text(const char *text, int columns, bool right);
/* Add it, made harmless, in lines of at most so many columns. */
void cell_lines(const char *text, int columns, struct words *lines);
/* How many columns it has when nothing is cut. */
int cell_width(const char *text);

/* Freed by the caller; "-" for what is below 0. */
char *cell_count(long long number);     /* 999, 12.3k, 4M */
char *cell_memory(long long mib);       /* 512M, 1.5G */
char *cell_span(long long seconds);     /* 59s, 3m, 2h, 5d */
/* "-" for what is below 0. */
char *cell_rate(double rate);           /* 0.5, 12, 1.2k */

#endif
