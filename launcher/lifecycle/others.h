/*
 * others.h - a worker's runs beside the current one: what drains after a
 * surge (lifecycle/surge.h), and what was begun and is not ready yet.
 */
#ifndef LIFECYCLE_OTHERS_H
#define LIFECYCLE_OTHERS_H

#include "lifecycle/job.h"

/* Put those that are alive into job->others, the newest first. */
void others_find(struct job *job);
/* How many of them drain. */
size_t others_draining(const struct job *job);
/* The newest of those; false, with a sentence: there is none. */
bool others_choose_draining(struct job *job, struct problem *problem);
/* The one that was begun for the current one's place; NULL: there is none. */
struct job *others_candidate(const struct job *job);

/*
 * Have the terminals emptied of those that lost their runner.  Is there, then,
 * nothing for others_settle() to do?  Without the lock; `at` and `run` are the
 * current one's.
 */
bool others_look_after(const struct record *record, const struct record *at,
    const struct run *run);
/*
 * With the lock held: see that there is one current run and that any other is
 * to end.  One that is ready takes the place of the one that it was begun
 * beside, which is asked to end; so does one whose predecessor has ended
 * meanwhile, whose settings come back should it fail.  One that nobody wants
 * any more is asked to end, and so is one that does not get ready and that
 * nobody waits for; after one that lost its runner it is swept.  True when
 * anything was done.
 */
bool others_settle(const struct job *job);

#endif
