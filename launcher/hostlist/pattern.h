/*
 * pattern.h - one word of a host list, such as "node[001-010]-ib0",
 * for the hostlist-*.c files alone.
 *
 * A pattern is read where it stands, again each time it is used, so it costs
 * no memory of its own: a host list can have as many words as it has hosts.
 */
#ifndef HOSTLIST_PATTERN_H
#define HOSTLIST_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "hostlist/hostlist.h"
#include "hostlist/place.h"

/* Borrowed from the list's text, not terminated. */
struct pattern {
    const char *text;
    size_t length;
};

/*
 * Is the pattern sound?  Then `*count` is how many names it makes, or some
 * number above HOSTLIST_LIMIT.  No other function here takes an unsound one.
 */
bool pattern_check(const struct pattern *pattern, const struct place *place,
    size_t *count);
/* Call `visit` for each name until it returns false; false then. */
bool pattern_each(const struct pattern *pattern, hostlist_visit *visit,
    void *data);
/* How many times the pattern makes `name`; found without making any. */
size_t pattern_count(const struct pattern *pattern, const char *name);

#endif
