/*
 * board.h - the nodes, and what each has said of its workers.
 *
 * Times are milliseconds of base/clock.h.  Nodes and rows stay where they are
 * until board_clear().
 */
#ifndef TOP_BOARD_H
#define TOP_BOARD_H

#include <sys/types.h>

#include "top/report.h"

/* Worst first; a worker's state, or that of the way to its node. */
enum row_state {
    ROW_LOST,                   /* the connection has ended, or there is none */
    ROW_SILENT,                 /* it stands, and nothing comes */
    ROW_DEAD, ROW_STUCK, ROW_BROKEN, ROW_UNKNOWN, ROW_DRAINING, ROW_STARTING,
    ROW_RUNNING, ROW_STOPPED,
    ROW_EMPTY,                  /* the node has no worker */
    ROW_CONNECTING,
    ROW_STATES
};

/* Tasks that have ended, at some moments of the last while. */
struct rate {
    struct { long long when, done; } sample[16];
    size_t count;
};

/* A worker on a node, or, with no report, a node without one. */
struct row {
    struct node *node;
    struct report report;
    struct rate rate;
    enum row_state state;       /* when the view was built last */
    bool gone;                  /* not said any more: not to be shown */
    bool said;                  /* over the connection that is now */
};

enum link { LINK_NEW, LINK_UP, LINK_LOST };

struct node {
    char *name;
    size_t number;              /* its place in the list */
    enum link link;
    pid_t stream;               /* what listens to it; 0: nobody does */
    long long heard;            /* when something came last */
    long long retry_at;         /* of one that is lost */
    long long patience;         /* until then, the next time */
    char *said;                 /* on standard error, last; or NULL */
    struct row none;            /* stands for it where it has no row */
    struct row **row;
    size_t rows;
};

struct board {
    struct node *node;
    size_t count;
    bool heard;                 /* anything of any */
    unsigned long long lines, unread;
};

void board_make(struct board *board, const struct words *names);
/*
 * The node that one stream's pdsh calls `label`: it leaves domains out when all
 * nodes of that call are in one.  NULL: none that it listens to any more.
 */
struct node *board_find(struct board *board, pid_t stream,
    const char *label);
/* A line of its standard output, or of its standard error. */
void board_take(struct board *board, struct node *node, const char *text,
    size_t size, long long now);
void board_note(struct node *node, const char *text);
/* Its connection has ended; the next one is due later each time. */
void board_lose(struct node *node, long long now);
/* Another connection is being made. */
void board_retry(struct node *node);
void board_clear(struct board *board);

/* A node's row, a worker or not: `index` from 0 on; NULL: no more. */
struct row *node_row(struct node *node, size_t *index);
enum row_state row_state(const struct row *row, long long now);
const char *row_state_name(enum row_state state);
/* Tasks that ended a second; below 0: not known. */
double row_rate(const struct row *row, long long now);

#endif
