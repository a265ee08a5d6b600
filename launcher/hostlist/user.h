/*
 * user.h - the "TYPE:USER@" before a part of a host list, where pdsh
 * lets one choose the rcmd module and the remote user.  For the hostlist-*.c
 * files alone.
 */
#ifndef HOSTLIST_USER_H
#define HOSTLIST_USER_H

#include "hostlist/place.h"

/* The separators of words. */
#define HOSTLIST_BLANKS " \t"

/*
 * Step over it at `*at`; the part ends at `end`.  Something must be left, and
 * what stands before a colon must be a type of pdsh's; otherwise false with a
 * sentence.  IPv6 addresses are left alone.
 */
bool hostlist_skip_user(const struct place *place, const char **at,
    const char *end);

#endif
