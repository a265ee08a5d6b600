/*
 * pty-guard.h - keeps a worker's terminal from filling up when its runner is
 * killed.
 *
 * Nobody else would empty it then, and once it is full every task that prints
 * waits for ever.  The guard is a process that does nothing as long as the
 * runner lives, then discards what the worker prints, and ends when nobody
 * can print there any more.  It is no descendant of the runner: what ends
 * those, or counts them, does not meet it.
 */
#ifndef SYSTEM_PTY_GUARD_H
#define SYSTEM_PTY_GUARD_H

#include "base/problem.h"
#include "system/proc.h"

struct guard {
    struct process process;     /* pid 0: there is none */
    int end;                    /* for poll(2): POLLERR when it was killed */
};

/*
 * Start a guard for the terminal behind `master`, in place of one that was
 * killed; a runner that cannot have one goes on without.
 */
bool guard_start(struct guard *guard, int master, struct problem *problem);
/*
 * The runner of `main`, which is MainProcess, is gone: see to it that a guard
 * is there, should that have been killed as well.  Where the kernel does not
 * let us there is none.
 */
void guard_rescue(struct process main);
/* The run is over: end it, and wait until it is gone. */
void guard_end(struct guard *guard);

#endif
