/*
 * view.h - which rows of a board are shown, in what order, and folded how.
 *
 * Rows of one worker that are alike, but for their nodes and what they count,
 * are one entry while they are folded.
 */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include "top/board.h"

enum order {
    ORDER_STATE, ORDER_WORKER, ORDER_NODE, ORDER_BUSY, ORDER_RATE,
    ORDER_FAILED, ORDER_WAITING, ORDER_MEMORY, ORDER_LONGEST, ORDERS
};

/* Of one row or of several, added up; below 0: not known. */
struct sums {
    long long busy, processes, failed, waiting, memory;
    long long longest;          /* seconds; the largest */
    double rate;
};

struct entry {
    struct row **row;           /* in the order of their nodes */
    size_t count;
    enum row_state state;
    struct sums sums;
};

struct view {
    enum order order;
    bool backwards;
    bool folded;
    struct words unfolded;      /* workers, while the rest is folded */
    char *filter;               /* NULL or "": none */
    /* Made by view_build(). */
    struct row **row;
    size_t rows;
    struct entry *entry;
    size_t count;
    struct sums sums;           /* of all rows, filtered or not */
    size_t workers[ROW_STATES]; /* how many there are */
    size_t nodes[ROW_STATES];   /* lost, silent, connecting; running: others */
};

/* `wall` is seconds since 1970, `now` base/clock.h's milliseconds. */
void view_build(struct view *view, struct board *board, long long now,
    long long wall);
/* What the worker of a row is called; "-" for a node without one. */
const char *row_worker(const struct row *row);
/* Fold the rows of its worker, or unfold them. */
void view_toggle(struct view *view, const struct row *row);
/* The nodes of an entry as pdsh writes them; freed by the caller. */
char *entry_nodes(const struct entry *entry);
/* What there is to say of it besides, in a few words; freed by the caller. */
char *entry_note(const struct entry *entry);
const char *order_name(enum order order);
void view_clear(struct view *view);

#endif
