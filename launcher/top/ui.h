/*
 * ui.h - what is on the screen, and what keys do to it.
 */
#ifndef TOP_UI_H
#define TOP_UI_H

#include "top/stream.h"
#include "top/view.h"

/* What a key has done to workers, by a call that the user could type. */
struct action {
    char key;
    const char *command, *options;      /* behind the command; may be "" */
    const char *meaning;        /* said before it is done; NULL: it only looks */
};

struct ui {
    const struct call *call;
    struct board *board;
    struct streams *streams;
    struct view view;
    enum { PAGE_BOARD, PAGE_TASKS, PAGE_HELP } page;
    enum { PROMPT_NONE, PROMPT_FILTER, PROMPT_ASK } prompt;
    const struct row *chosen;   /* the entry with this row; NULL: the first */
    size_t line;                /* where that is in the view */
    size_t first;               /* entry, or line of another page, on top */
    size_t height;              /* lines that there are for these */
    const struct action *action;        /* asked about */
    char *question;
    struct words asked;         /* the call, whatever the rows become */
    char *message;              /* until the next key; or NULL */
    bool quits;
};

/* draw.c: all of a frame, from what the board knows now. */
void ui_draw(struct ui *ui, long long now, long long wall);
/* The entry that keys mean; NULL: there is none. */
const struct entry *ui_entry(const struct ui *ui);
/* pages.c: lines of a page that is not the board. */
void ui_tasks(const struct ui *ui, long long wall, struct words *lines);
void ui_help(struct words *lines);
/* keys.c */
void ui_key(struct ui *ui, int key);
void ui_clear(struct ui *ui);
/* main.c: was there a signal to end? */
bool ui_is_ended(void);

/* action.c: the action of a key; NULL: it is none. */
const struct action *action_find(int key);
/*
 * The words of the call for an entry; false when one node must be chosen
 * first.
 */
bool action_words(const struct action *action, const struct call *call,
    const struct entry *entry, struct words *words);
/*
 * Leave the terminal to it until it has ended, and go on listening meanwhile.
 * But for a session that is attached to, what it prints is made harmless.
 */
void action_run(const struct action *action, const struct words *words,
    struct streams *streams);

#endif
