/*
 * process.h - signalling a process that is no child, and waiting for it.
 */
#ifndef SYSTEM_PROCESS_H
#define SYSTEM_PROCESS_H

#include "system/proc.h"

/*
 * A descriptor of this very process, for the caller to close.  -1 when it has
 * ended, when nobody can tell, or on a kernel before 5.3, which has no such
 * descriptors.
 */
int process_open(struct process process);
/*
 * Send a signal to this very process.  False with errno: ESRCH when it has
 * ended, EPERM when it is another user's, anything else when nobody can tell
 * whether it is there (system/proc.h).
 */
bool process_signal(struct process process, int number);
/*
 * Wait until the process, which need not be a child, has ended or `deadline`
 * (base/clock.h) has come.  True when it has ended for sure.
 */
bool process_wait(struct process process, long long deadline);

#endif
