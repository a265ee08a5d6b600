/*
 * readiness.h - is the worker ready?
 */
#ifndef READINESS_H
#define READINESS_H

#include "runner.h"

/* Take what the worker says, if it comes from below us, and act on it. */
void readiness_hear(struct runner *runner);
/*
 * A worker that cannot load our module says nothing at all: it counts as
 * ready when its pool has been up for some seconds.  Call it now and then.
 */
void readiness_assume(struct runner *runner);

#endif
