/*
 * report.h - what a line of `status --json --follow` says of a worker.
 *
 * It comes from a node, which may be of any version, or hostile: what is not
 * there, or not of its kind, is not known, and no text is believed to be
 * printable (top/cell.h).
 */
#ifndef TOP_REPORT_H
#define TOP_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/words.h"

struct report_task {
    char *name;
    long long began;            /* seconds since 1970; 0: not known */
};

/* Texts are NULL and numbers -1 where that is not known; times are 0. */
struct report {
    char *worker, *queue, *session, *state_dir, *state, *trouble, *revision;
    bool stuck, drifted, runner_gone, limited;
    long long busy, processes, done, failed, waiting, healed;
    long long memory;           /* MiB */
    long long draining;         /* runs of it that end, beside this one */
    long long runner, main;     /* pids */
    long long since, last_task;
    long long last_ended, last_status;  /* of the run before */
    struct report_task *task;   /* some that run, the oldest first */
    size_t tasks;
    struct words runs;          /* a line each */
};

/* False when it is no report; then there is nothing to clear. */
bool report_read(struct report *report, const char *text, size_t size);
/* When the longest of its tasks began; 0: not known, or there is none. */
long long report_oldest(const struct report *report);
void report_clear(struct report *report);

#endif
