/*
 * history.h - how a worker's last runs ended, and what they printed last.
 *
 * The file `end` of a run's record: lines as in the file `run`, a blank line,
 * and the last lines of its output.
 */
#ifndef RECORD_HISTORY_H
#define RECORD_HISTORY_H

#include "record/record.h"

enum { HISTORY_RUNS = 5, HISTORY_LINES = 200 };

/* All zeroes: there was no such run. */
struct history_run {
    long long began, ended;     /* seconds since 1970 */
    int result;                 /* as in a shell's $? */
    char *by;                   /* who asked for the end; "": nobody */
    long peak;                  /* KiB, of its largest process */
    size_t swept;               /* processes that it left behind, ended */
    char *left;                 /* those that could not be ended, or "" */
    unsigned long long dropped; /* bytes of output that no pane took */
    long memory_kills;          /* by the kernel, meanwhile */
    char *screen;               /* the last lines of its output */
};

/* Enter how a run has ended, in its own record. */
bool history_write(const struct record *run, const struct history_run *end,
    struct problem *problem);
bool history_read_run(const struct record *run, struct history_run *end);
/*
 * Of a worker's runs that have ended the one that was begun before `number`
 * - 1 others; false when there is none.
 */
bool history_read(const struct record *worker, unsigned number,
    struct history_run *end);
/* "ended by stop", "ended with status 2", … ; freed by the caller. */
char *history_describe(const struct history_run *run);
void history_clear(struct history_run *run);

#endif
