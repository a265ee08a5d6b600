/*
 * readiness.h - is the worker ready?
 */
#ifndef RUNNER_READINESS_H
#define RUNNER_READINESS_H

#include "runner/runner.h"

/* Take what the worker itself says and act on it. */
void readiness_hear(struct runner *runner);
/*
 * A worker that cannot load our module says nothing at all: it counts as
 * ready when its pool has been up for some seconds.  Call it now and then.
 */
void readiness_assume(struct runner *runner);

/*
 * If it has said nothing yet, take the process that looks like MainProcess
 * for it: it may have got ready all the same.
 */
void readiness_take_for_main(struct runner *runner);

#endif
