/*
 * successor.h - the worker that follows a run which goes on draining.
 *
 * The file `next` of a record has it until a run of it begins, or until the
 * worker is stopped.
 */
#ifndef RECORD_SUCCESSOR_H
#define RECORD_SUCCESSOR_H

#include "record/record.h"
#include "worker/worker.h"

/* Leave `worker` to whoever begins the next run. */
bool successor_write(const struct record *record, const struct worker *worker,
    struct problem *problem);
/* Is there one that can be read? */
bool successor_exists(const struct record *record);
/*
 * The resolved worker that is to run: the one that follows or, where there is
 * none, the one that ran last.  `*file` is the name of what was read.  As
 * record_read() otherwise.
 */
char *successor_read(const struct record *record, const char **file);
void successor_remove(const struct record *record);
/*
 * Have the run that follows begun (internal/succeed.c) by a process of its own,
 * which outlives us and prints to `output`; 0 is where we do.
 */
bool successor_call(const struct record *record, int output,
    struct problem *problem);

#endif
