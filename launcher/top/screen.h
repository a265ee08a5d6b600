/*
 * screen.h - the terminal, by ncurses.
 *
 * Nothing but this file draws, and what it draws went through cell_text().
 * The state of a worker is a word; colours only repeat it, and there are none
 * with NO_COLOR or where the terminal has none.
 */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include <stdbool.h>

#include "base/problem.h"

enum look {
    LOOK_PLAIN, LOOK_BOLD, LOOK_FAINT, LOOK_GOOD, LOOK_WARN, LOOK_BAD,
    LOOK_BAR                    /* a whole line, reversed */
};

/* Keys that are no letters. */
enum {
    KEY_IS_UP = 1000, KEY_IS_DOWN, KEY_IS_PAGE_UP, KEY_IS_PAGE_DOWN,
    KEY_IS_FIRST, KEY_IS_LAST, KEY_IS_ENTER, KEY_IS_ESCAPE, KEY_IS_ERASE,
    KEY_IS_RESIZE, KEY_IS_OTHER
};

/* The caller's own terminal; false with a sentence. */
bool screen_open(struct problem *problem);
/* To read keys from, and for programs that are given the terminal. */
int screen_descriptor(void);
/* Leave the terminal to another program, and take it back. */
void screen_suspend(void);
void screen_resume(void);
void screen_close(void);

int screen_lines(void);
int screen_columns(void);
/* An empty frame; what is put; and the difference goes to the terminal. */
void screen_begin(void);
/* `text` in `columns` columns; `chosen` is the line that keys mean. */
void screen_put(int line, int column, const char *text, int columns,
    bool right, enum look look, bool chosen);
void screen_end(void);
/* Draw all of the next frame anew, whatever the terminal shows. */
void screen_redraw(void);
/* The next key that was pressed; 0: none. */
int screen_key(void);

#endif
