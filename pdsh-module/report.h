/*
 * report.h - how a fan-out went: what became of each target.
 *
 * A target is known by its rank, its place among pdsh's targets, since one
 * name may be there twice.  Safe in many threads.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "pdsh-plugin.h"

/* What may have become of a target. */
enum result {
    RESULT_DONE,
    RESULT_FAILED,
    RESULT_NOT_REACHED,         /* ssh failed: then, or in mid-command */
    RESULT_NOT_FINISHED,        /* pdsh gave it up, or ended before it */
    RESULT_NOT_BEGUN,
    RESULTS
};

struct target {
    const char *host;
    enum result result;
    bool begun, ended, given_up;
    int status;                 /* of one that has ended */
    long long began, took;      /* milliseconds; base/clock.h */
};

/* Their number, before the first of them; 0 if the list is NULL, not known. */
size_t report_targets(struct hostlist *targets);
/*
 * False when PDSH_CELERY_FAILFAST is set and a target has failed, or pdsh is
 * interrupted: do not.
 */
bool report_begin(int rank, const char *host);
/* pdsh ends all of them: nothing more begins. */
void report_interrupt(void);
/* pdsh ends its ssh. */
void report_give_up(int rank);
/* Its command ended with this status. */
void report_end(int rank, int status);
/*
 * pdsh has done with one of the targets, be it begun or not, and said all that
 * it had of it.  True for the last; never when the targets are not known.
 */
bool report_release(void);

/* The largest status. */
int report_status(void);

/*
 * Nothing changes any more, though threads may go on; gives all targets in
 * the order of their ranks, and says what became of each.
 */
const struct target *report_close(size_t *count);

#endif
