/*
 * history.h - how a worker's last runs ended, and what they printed last.
 *
 * A record has a file `runs/1` for the last run and so on up to runs/5: lines
 * as in the file `run`, a blank line, and the last lines of its output.
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

/* Enter a run that has ended; the oldest one is forgotten. */
bool history_write(const struct record *record, const struct history_run *run,
    struct problem *problem);
/* The run before `number` - 1 others; false when there is none. */
bool history_read(const struct record *record, unsigned number,
    struct history_run *run);
/* "ended by stop", "ended with status 2", … ; freed by the caller. */
char *history_describe(const struct history_run *run);
void history_clear(struct history_run *run);

#endif
