/*
 * backoff.h - what tend remembers of its attempts, so that it does not try
 * for ever what cannot work, and does not say the same every minute.
 *
 * A series of attempts begins with a run that died and ends when one has
 * lasted, or when somebody else starts the worker.  Between attempts lie 1,
 * 2, 4 and so on up to 60 minutes.
 */
#ifndef RECORD_BACKOFF_H
#define RECORD_BACKOFF_H

#include "record/record.h"

/* All zeroes: no series has begun. */
struct backoff {
    unsigned attempts;      /* so far in this series */
    long long next;         /* not before, in seconds since 1970 */
    bool gave_up;           /* trying again is of no use */
    char *why;              /* the last one failed, or NULL */
};

/* The series that `run`, the last one, belongs to; cleared by the caller. */
void backoff_read(const struct record *record, const struct run *run,
    struct backoff *backoff);
bool backoff_is_due(const struct backoff *backoff);
void backoff_clear(struct backoff *backoff);
/*
 * Note one more attempt: `run` is what it made, or what tend gave up on, and
 * `problem` has why it failed, if it did.
 */
bool backoff_write(const struct record *record,
    const struct backoff *backoff, const struct run *run, bool gave_up,
    struct problem *problem);
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
