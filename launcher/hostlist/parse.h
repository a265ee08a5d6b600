/*
 * parse.h - a host list taken apart, for the hostlist-*.c files
 * alone.
 */
#ifndef HOSTLIST_PARSE_H
#define HOSTLIST_PARSE_H

#include <regex.h>

#include "hostlist/pattern.h"

struct patterns {
    struct pattern *pattern;
    size_t count;
};

struct filter {
    regex_t expression;
    bool excluded;              /* what matches goes, not what does not */
};

/* All zeroes is an empty list. */
struct hostlist {
    struct patterns desired, excluded;
    struct filter *filter;
    size_t filters;
    struct words lines;         /* of files; patterns point into them */
};

/*
 * Take `text` apart; the list then points into it.  False with a sentence,
 * behind `where` unless that is NULL, when anything is wrong; the list must
 * be cleared in any case.
 */
bool hostlist_parse(struct hostlist *list, const char *text,
    enum hostlist_origin origin, const char *where, struct problem *problem);
void hostlist_clear(struct hostlist *list);

#endif
