/*
 * bytecode.h - what Python leaves beside its sources.
 */
#ifndef SYNC_BYTECODE_H
#define SYNC_BYTECODE_H

#include "base/problem.h"

/*
 * Delete every regular file *.pyc in `directory` and below it, never through
 * a symbolic link and never on another mount.  `*count` is how many there
 * were.  False with STATUS_UNAVAILABLE or STATUS_PERMISSION at the first that
 * could not be deleted; one that somebody else deletes is no failure.
 */
bool bytecode_delete(const char *directory, long *count,
    struct problem *problem);

#endif
