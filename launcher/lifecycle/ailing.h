/*
 * ailing.h - a worker that runs and takes no tasks, told once.
 */
#ifndef LIFECYCLE_AILING_H
#define LIFECYCLE_AILING_H

#include "cli/command.h"
#include "record/record.h"

/*
 * Of a run that is alive, with its record `at`, if the call is about it: print
 * a line when it is stuck, and one when it is well again, each when that is
 * news.  A dry run remembers nothing.
 */
void ailing_tell(const struct context *context, const struct record *record,
    const struct record *at, const struct run *run);

#endif
