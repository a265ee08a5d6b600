/*
 * privileged.h - the two things that a worker's start may need root for.
 *
 * Root does them itself.  When root called us to be another user
 * (users/run-as.h), we ask root, who does what root's own configuration says
 * of that session and nothing else.  Anybody else asks sudo, without a
 * password.
 */
#ifndef SYNC_PRIVILEGED_H
#define SYNC_PRIVILEGED_H

#include <sys/types.h>

#include "base/problem.h"
#include "worker/worker.h"

/*
 * Remount a worker's remount_dir, or run its root_setup_cmd.  Nothing is done
 * when the setting is empty, and what two workers have in common is tried once
 * in a call of the program.  False with the sentence, STATUS_PERMISSION when
 * it is not permitted.
 */
bool privileged_remount(const struct worker *worker, struct problem *problem);
bool privileged_setup(const struct worker *worker, struct problem *problem);

/* From now on ask root through this descriptor, a socket of packets. */
void privileged_ask_through(int descriptor);
/*
 * Root's side: take one request of `child` and do what it asks for one of
 * `workers`; `*took` grows by the milliseconds that this took, which is
 * nothing for what was tried before.  False when nobody can ask any more, or
 * does not hear the answers.
 */
bool privileged_serve(int descriptor, pid_t child,
    const struct workers *workers, long long *took);

#endif
