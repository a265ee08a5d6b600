/*
 * scratch.h - a record that lasts as long as a probe.
 */
#ifndef PROBE_SCRATCH_H
#define PROBE_SCRATCH_H

#include "record/record.h"
#include "worker/account.h"
#include "worker/worker.h"

/*
 * Make one for `worker`, with the module that looks about, and take away what
 * a call that was killed has left.  Whatever came of it, scratch_remove() is
 * to follow.
 */
bool scratch_make(struct record *record, const struct worker *worker,
    const struct account *account, struct problem *problem);
void scratch_remove(struct record *record);

#endif
