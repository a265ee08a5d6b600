/*
 * sweep.h - end every process of a worker that is left.
 */
#ifndef SYSTEM_SWEEP_H
#define SYSTEM_SWEEP_H

#include "system/proc.h"

/* The processes meant; all zeroes is none. */
struct sweep {
    pid_t ancestor;             /* all below it; 0: nobody */
    const char *id;             /* who carries this cookie of a run; "" or
                                   NULL: nobody */
    unsigned long long since;   /* and did not begin before that */
    const struct process_list *known;   /* these and all below them, or NULL */
    pid_t spared;               /* but not this one; nor ourselves, ever */
};

/*
 * Add those who are there now to `list`.  False when not all of /proc could
 * be looked at, with the reason in errno.
 */
bool sweep_find(const struct sweep *sweep, struct process_list *list);

/*
 * KILL them again and again until two scans in a row find none or `deadline`
 * (base/clock.h) has come.  Every process that was hit is added to `hits`,
 * unless that is NULL, once, as long as there are not a thousand.  Zombies do
 * not count; whoever is their parent reaps them.
 *
 * True when nothing is left.  Otherwise `left`, unless that is NULL, has what
 * is: a process of another user, which gets a moment to end by itself, or one
 * that survives KILL.  When /proc cannot be looked at nothing is clean: false
 * as well, and errno has the reason; else that is 0.
 */
bool sweep(const struct sweep *sweep, long long deadline,
    struct process_list *hits, struct process_list *left);
/*
 * KILL and reap every child of our own, but for those that are in `spared`,
 * until none comes any more or `deadline` has come: for a subreaper, whose
 * child becomes what has lost its parent.
 */
void sweep_adopted(const struct process_list *spared, long long deadline);
/* Why those that are left are, and the way out, for a sentence. */
const char *sweep_why_left(const struct process_list *left);

#endif
