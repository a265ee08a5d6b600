/*
 * credentials.h - another user whom a program is to run as, for good.
 *
 * The program gets the user's groups, and nothing of root's that the user
 * could not have: no resource limit above that of the first process, no
 * priority, no exemption from the end that a lack of memory brings, and a
 * session keyring of its own.  The user's lines of limits.conf(5) are PAM's
 * to read, and the control group is the caller's: neither is looked at.
 */
#ifndef SYSTEM_CREDENTIALS_H
#define SYSTEM_CREDENTIALS_H

#include <sys/types.h>

#include "base/problem.h"

struct credentials {
    uid_t user;
    gid_t group;
    gid_t *groups;              /* all of them, `group` among them */
    int group_count;
};

/* Ask the password and group files about `user`. */
bool credentials_find(struct credentials *owner, const char *user,
    struct problem *problem);
/*
 * Be that user from now on: system calls alone, for a new process before its
 * exec.  -1 with errno when that is not possible.
 */
int credentials_become(const struct credentials *owner);
void credentials_clear(struct credentials *owner);

#endif
