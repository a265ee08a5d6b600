/*
 * trust.h - may this file tell us which commands to run?
 *
 * A configuration and a record name commands, so nobody but root and
 * ourselves may be able to write them, or to put something else in their
 * place: the owner of the file and of every directory above it is root or
 * the caller, and neither group nor others may write there.  A sticky
 * directory such as /tmp is accepted when what is next in the path belongs
 * to root or the caller.
 */
#ifndef BASE_TRUST_H
#define BASE_TRUST_H

#include "base/problem.h"

/*
 * Check `path`, which must exist, with symbolic links followed and the links
 * themselves checked too.  False, with STATUS_PERMISSION and the way out.
 */
bool trust_path(const char *path, struct problem *problem);

#endif
