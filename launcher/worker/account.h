/*
 * account.h - who runs this program, and on what.
 */
#ifndef WORKER_ACCOUNT_H
#define WORKER_ACCOUNT_H

#include "base/problem.h"
#include "worker/worker.h"

struct account {
    char *user, *home, *shell;  /* HOME as the caller has it */
    char *host;                 /* the kernel's name of this machine */
    char *celery;               /* beside this program; may be NULL */
};

/*
 * Ask the password file, or else getent(1), and the environment.  `home`
 * replaces HOME when it is not NULL.  False when there is neither HOME nor a
 * password entry.
 */
bool account_read(struct account *account, const char *home,
    struct problem *problem);
/*
 * Another user's account, with the home that the password file tells.  Of
 * several names of one uid the first in the password file is the account's.
 */
bool account_find(struct account *account, const char *user,
    struct problem *problem);
/* Is `user`, who may be NULL, somebody of this account's uid? */
bool account_is(const struct account *account, const char *user);
/* The account's name of whom `user` is; freed by the caller. */
char *account_name(const char *user);
/* The node as resolving wants it; `name` NULL: the host's own.  Borrows. */
struct node account_node(const struct account *account, const char *name);
void account_clear(struct account *account);

#endif
