/*
 * hostlist.h - lists of hosts in pdsh's notation: which names a list
 * stands for, whether a node is among them, and the short list for many names.
 *
 *     node[001-010,12]    numbers, as wide as the lower one is written
 *     rack[1-2]n[1-4]     every combination, the last bracket fastest
 *     a,b c               commas and blanks stand between names
 *     a[1-9],-a[2-3]      a part that begins with - takes names away
 *     ssh:user@a          pdsh's type and user are allowed and left out
 *     ^FILE, -^FILE       the names in a file (^- is standard input)
 *     /REGEX/, -/REGEX/   only the names that match; only those that do not
 *
 * The result is pdsh's wherever pdsh accepts a list and means it; order and
 * duplicates stay, and one exclusion takes away one mention, the first.  What
 * is different was measured against pdsh 2.34:
 *
 *   - A broken list, which pdsh takes for a host of that name (`a[1-3`, `a]`,
 *     `u@v@a`, `a::1 b:2`) or for a number nobody wrote (`a[1-]`, `a[+1-2]`,
 *     `a[1x-3]`, numbers above ULONG_MAX), is a problem.  So is a sign of
 *     pdsh's where pdsh does not see it: `-b` behind a blank, as in `a, -b`,
 *     is no exclusion there, but a host called "-b"; `-ssh:a` excludes
 *     nothing; in `a u@b` the "a" is lost; a lone `-` excludes nothing.
 *   - Exclusions and expressions see whole names.  pdsh has expanded only the
 *     first of several brackets by then, and never more than two.
 *   - pdsh stops at 16384 hosts a range, here a list stops at HOSTLIST_LIMIT.
 *   - A line end is as good as a comma, and an IPv6 address is a name.
 */
#ifndef HOSTLIST_HOSTLIST_H
#define HOSTLIST_HOSTLIST_H

#include <stdbool.h>

#include "base/problem.h"
#include "base/words.h"

/* More names than this, exclusions counted too, is a mistake in the list. */
#define HOSTLIST_LIMIT 10000000

/*
 * The origin of a list decides what it may hold and whose fault an error is.
 */
enum hostlist_origin {
    HOSTLIST_COMMAND,           /* everything; STATUS_USAGE */
    HOSTLIST_CONFIG,            /* no file, no expression; STATUS_CONFIG */
};

/* `name` is gone after the call.  False: enough, no further name. */
typedef bool hostlist_visit(const char *name, void *data);

/*
 * Call `visit` for each name of `list`, in order, in little memory.  True
 * when the list is right and stands for at least one name, also when `visit`
 * stopped early.  Otherwise false with a sentence in `problem`; a broken list
 * is noticed before the first name.
 */
bool hostlist_each(const char *list, enum hostlist_origin origin,
    hostlist_visit *visit, void *data, struct problem *problem);

/* The same, adding each name to `names`. */
bool hostlist_expand(const char *list, enum hostlist_origin origin,
    struct words *names, struct problem *problem);

/* Does it name a user, which is left out, outside of any file? */
bool hostlist_names_user(const char *list);

/*
 * Is `list`, from a configuration, right and not empty?  Otherwise false with
 * a sentence that begins with `where`, "FILE:LINE", unless that is NULL.
 */
bool hostlist_check(const char *list, const char *where,
    struct problem *problem);

/*
 * Is `node` on `list`, from a configuration, by its whole name or by the part
 * before the first dot?  An address counts only as a whole.  As often as the
 * list names the node, one way or the other, exclusions must name it to take
 * it away.  False for a broken list, as from hostlist_check().  Takes no
 * longer for long ranges than for short ones.
 */
bool hostlist_match(const char *list, const char *node, bool *matches,
    const char *where, struct problem *problem);

/*
 * The shortest list in pdsh's manner for these names, such as
 * "node[003,007-009]": sorted, without duplicates, one bracket a name.  The
 * numbers at the end of a name go into the bracket, or else the last ones
 * before its first dot.  Expanding it gives the same set of names, provided
 * that they are names: as hostlist_expand() makes them.  "" for none.  The
 * caller frees it.
 */
char *hostlist_fold(const struct words *names);

#endif
