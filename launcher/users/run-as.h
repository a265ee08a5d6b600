/*
 * run-as.h - root's calls as other users.
 *
 * As root, the setting user makes all of a worker's life that user's: the
 * command is called once more as the user, who is given that user's workers of
 * root's configuration on standard input (users/relay.h).  Root touches
 * nothing of the user's.  What needs root comes back as a request
 * (sync/privileged.h): only the user's call knows which workers it is about to
 * begin.
 */
#ifndef USERS_RUN_AS_H
#define USERS_RUN_AS_H

#include "cli/command.h"

/*
 * Call the same command as every user in call->others, whose workers of the
 * configuration that call chose.  The largest status, that of root's `own`
 * workers among them; but with --if-changed a change is one for all.
 */
enum status run_as(const struct context *context, enum status own,
    struct problem *problem);

/* The same for everybody whose workers root has ever started, with theirs. */
enum status run_as_registered(const struct context *context,
    struct problem *problem);

#endif
