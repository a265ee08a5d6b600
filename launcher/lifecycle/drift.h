/*
 * drift.h - in what a running worker differs from what it should be.
 */
#ifndef LIFECYCLE_DRIFT_H
#define LIFECYCLE_DRIFT_H

#include "lifecycle/job.h"

/* All zeroes: no difference. */
struct drift {
    struct words keys;      /* settings, "revision" or "celery" */
    struct words from, to;  /* their values, secrets masked; "" is not set */
    bool live;              /* some settings differ that need no restart */
    int unread;             /* errno why its settings cannot be read, or 0 */
};

/*
 * Compare the worker in the job's record, and the revision of git_sync_dir
 * and the version of Celery at its start, with the job's worker and what there
 * is now.  Nothing to compare with is no difference.
 */
void drift_find(const struct job *job, const struct node *node,
    struct drift *drift);
/*
 * Is a setting among the keys?  (That somebody has committed or upgraded
 * meanwhile is another matter.)
 */
bool drift_has_setting(const struct drift *drift);
void drift_clear(struct drift *drift);

#endif
