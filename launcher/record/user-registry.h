/*
 * user-registry.h - what root keeps of the workers that it starts as other
 * users.
 *
 * Their records are the users' own, and root runs nothing that stands there.
 * Root's own copy of the resolved worker tells tend, which reads no
 * configuration, whose workers to look after and what root_setup_cmd was.
 * A loss of power leaves the copy as it was or as it is to be; what became of
 * it otherwise is told, so that a worker that is to run is never given up in
 * silence.
 */
#ifndef RECORD_USER_REGISTRY_H
#define RECORD_USER_REGISTRY_H

#include "worker/account.h"
#include "worker/worker.h"

/* Note the workers of a user; `state` is root's state directory. */
bool user_registry_note(const char *state, const char *user,
    const struct workers *workers, struct problem *problem);
/*
 * They have ended for good: their settings, which hold passwords, go.  What
 * cannot be removed now is when root says so again.
 */
void user_registry_forget(const char *state, const char *user,
    const struct workers *workers);
/* The same of those of the file `origin` that are not among `workers`. */
void user_registry_keep(const char *state, const char *user,
    const char *origin, const struct workers *workers);
/* Names of the users that have any. */
void user_registry_users(const char *state, struct words *users);
/*
 * Whether it is told that a copy is lost, damaged or of another session: as
 * seldom as tend would try to start the worker, or each time, with nothing
 * written down.
 */
enum user_registry_tell { REGISTRY_SILENT, REGISTRY_SELDOM, REGISTRY_ALWAYS };

/*
 * Add a user's, resolved for that account.  Are there any?  One with such a
 * copy counts.
 */
bool user_registry_read(const char *state, const struct account *account,
    enum user_registry_tell tell, struct workers *workers,
    struct problem *problem);

#endif
