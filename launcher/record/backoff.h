/*
 * backoff.h - what is remembered of the attempts to bring a worker back, so
 * that nobody tries for ever what cannot work, and tend does not say the same
 * every minute.
 *
 * A series of attempts begins with a run that ended by itself and is over
 * when one has lasted, or when a person starts the worker.  Whatever begins a
 * run that nobody asked for writes it down here: the runner, the watchdog and
 * tend share one limit, the setting autorestart_limit, in ten minutes.  tend
 * also pauses between attempts: 1, 2, 4 and so on up to 60 minutes.
 */
#ifndef RECORD_BACKOFF_H
#define RECORD_BACKOFF_H

#include "record/record.h"

/* All zeroes: no series has begun. */
struct backoff {
    unsigned attempts;      /* so far in this series */
    unsigned recent;        /* those of the last ten minutes */
    char *times;            /* when they were, each behind a blank; or NULL */
    long long next;         /* tend: not before, in seconds since 1970 */
    bool gave_up;           /* trying again is of no use */
    bool limited;           /* the worker was left as it is, at its limit */
    bool told;              /* tend has said so, or that it tries */
    char *why;              /* the last one failed, or NULL */
};

enum backoff_step {
    BACKOFF_BEGAN,          /* a run was begun, or could not be */
    BACKOFF_GAVE_UP,        /* that would be of no use */
    BACKOFF_LIMITED,        /* there were too many */
    BACKOFF_COMPLAINED,     /* the record cannot be believed */
};

/* The series that `run`, the last one, belongs to; cleared by the caller. */
void backoff_read(const struct record *record, const struct run *run,
    struct backoff *backoff);
/* Is the pause over? */
bool backoff_is_due(const struct backoff *backoff);
/*
 * May the worker be restarted by itself now?  Not when that has been done
 * `limit` times in the last ten minutes since a person started it.  When the
 * workers of this record's host have been restarted four times as often
 * together, each may but once, so that one which is well otherwise never waits
 * for one that is not.
 */
bool backoff_allows(const struct record *record, const struct run *run,
    long limit);
void backoff_clear(struct backoff *backoff);
/*
 * Note one step more: `run` is what it made, or what was left as it is, and
 * `problem` has why it failed, if it did.
 */
bool backoff_write(const struct record *record,
    const struct backoff *backoff, const struct run *run,
    enum backoff_step step, struct problem *problem);
/*
 * Move to `problem` what is wrong with the record: at the first look, and then
 * as seldom as a worker that does not start is tried again.  A dry run tells
 * it each time and writes nothing down.
 */
void backoff_complain(const struct record *record, const struct run *run,
    bool dry_run, struct problem *broken, struct problem *problem);
/* The run lives: forget the series when it has done so for long enough. */
void backoff_calm(const struct record *record, const struct run *run);

#endif
