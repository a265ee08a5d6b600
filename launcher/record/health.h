/*
 * health.h - what a worker says of itself while it runs.
 *
 * The file `health` of a record.  It changes every second or two, so its
 * runner writes it in place, which costs nothing on a network: unlike the
 * others it is not replaced, and who reads it in the midst of that reads it
 * again.
 */
#ifndef RECORD_HEALTH_H
#define RECORD_HEALTH_H

#include "record/record.h"

enum trouble {
    TROUBLE_NONE,
    TROUBLE_IDLE,               /* free, messages wait, and none comes in */
    TROUBLE_LOOP,               /* its event loop does not move */
    TROUBLE_AWAY,               /* not connected to a broker that answers */
    TROUBLE_MUTE,               /* its connection does not answer */
    TROUBLE_END,                /* it is to end, runs no task, and does not */
    TROUBLE_SILENT,             /* it does not report any more */
    TROUBLE_BROKER,             /* its broker does not answer */
    TROUBLE_BLIND,              /* it cannot watch itself */
};

/* All zeroes: it has said nothing. */
struct health {
    bool known;
    long long busy, pool;       /* processes or threads: at work, in all */
    long long done, failed;     /* tasks since its start */
    long long last;             /* a task came in; seconds since 1970, or 0 */
    long long waiting;          /* messages in its queues; -1: not asked */
    long long healed;           /* how often something was done about it */
    enum trouble trouble;
    long long since;            /* seconds since 1970 */
    bool helpless;              /* healing had no effect */
    struct words tasks;         /* "BEGAN NAME", some that run, the
                                   oldest first */
};

/*
 * Take the place of what was known: lines KEY=VALUE, of a worker.  False when
 * they say nothing about it.
 */
bool health_take(struct health *health, const char *said);
/* As it is kept of `run`; freed by the caller. */
char *health_text(const struct health *health, const struct run *run);
/*
 * Keep such a text in the directory of that run's record; `*file` is a
 * descriptor, 0 at first, and the caller's to close.  A failure is nobody's
 * loss.
 */
void health_keep(const char *directory, const char *text, int *file);
/* Of a run that is alive; all zeroes where nothing is known of it. */
void health_read(const struct record *record, const struct run *run,
    struct health *health);
void health_remove(const struct record *record);
void health_clear(struct health *health);

/* Could it take tasks, and does not?  A broker that is down is none of it. */
bool health_is_stuck(const struct health *health);
/* Was it told that the worker is stuck? */
bool health_is_noted(const struct record *record);
/* Note it, or the contrary.  True for the one who did so, and is to tell. */
bool health_note(const struct record *record, bool stuck);

/* What is wrong, as in "idle beside 8 messages for 2 min"; NULL: nothing. */
char *health_describe(const struct health *health);
/* How much it does; NULL when it has not said so. */
char *health_describe_work(const struct health *health);
/* The tasks that run and for how long; "" when it named none. */
char *health_describe_tasks(const struct health *health);

#endif
