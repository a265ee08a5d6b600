/*
 * hostlist.c - what a host list stands for.  The names are handed
 * over one by one, so a list of millions needs no more memory than its text;
 * only the names that exclusions make are kept.
 */
#include "hostlist/hostlist.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "hostlist/parse.h"

/* A name to leave out, as many times as the list excludes it. */
struct exclusion {
    char *name;
    size_t left;
};

/* The checks between a name that a pattern makes and the caller's visit. */
struct sieve {
    const struct hostlist *list;
    struct exclusion *exclusion;
    size_t exclusions;
    hostlist_visit *visit;
    void *data;
    bool any;                   /* has a name passed? */
};

static bool
keep(const char *name, void *data)
{
    words_add(data, name);
    return true;
}

static int
by_name(const void *name, const void *exclusion)
{
    return strcmp(name, ((const struct exclusion *)exclusion)->name);
}

/* Sort what the list excludes and count equal names. */
static void
collect_exclusions(struct sieve *sieve, struct words *names)
{
    const struct patterns *patterns = &sieve->list->excluded;

    for (size_t i = 0; i < patterns->count; i++)
        pattern_each(&patterns->pattern[i], keep, names);
    words_sort(names);
    sieve->exclusion = text_allocate(names->count, sizeof *sieve->exclusion);
    for (size_t i = 0; i < names->count; i++) {
        if (i == 0 || strcmp(names->word[i - 1], names->word[i]) != 0)
            sieve->exclusion[sieve->exclusions++].name = names->word[i];
        sieve->exclusion[sieve->exclusions - 1].left++;
    }
}

/* As many times as the name stands in an exclusion. */
static bool
take_exclusion(struct sieve *sieve, const char *name)
{
    struct exclusion *found;

    if (sieve->exclusions == 0)
        return false;
    found = bsearch(name, sieve->exclusion, sieve->exclusions,
        sizeof *found, by_name);
    if (found == NULL || found->left == 0)
        return false;
    found->left--;
    return true;
}

static bool
is_filtered(const struct hostlist *list, const char *name)
{
    for (size_t i = 0; i < list->filters; i++) {
        const struct filter *filter = &list->filter[i];
        bool matches = regexec(&filter->expression, name, 0, NULL, 0) == 0;

        if (matches == filter->excluded)
            return true;
    }
    return false;
}

static bool
hostlist_pass(const char *name, void *data)
{
    struct sieve *sieve = data;

    if (take_exclusion(sieve, name) || is_filtered(sieve->list, name))
        return true;
    sieve->any = true;
    return sieve->visit(name, sieve->data);
}

static bool
each(const char *list, enum hostlist_origin origin, const char *where,
    hostlist_visit *visit, void *data, struct problem *problem)
{
    struct hostlist parsed = {0};
    struct words names = {0};
    struct sieve sieve = { .list = &parsed, .visit = visit, .data = data };
    const struct patterns *desired = &parsed.desired;
    bool fine, more;

    fine = more = hostlist_parse(&parsed, list, origin, where, problem);
    if (fine)
        collect_exclusions(&sieve, &names);
    for (size_t i = 0; more && i < desired->count; i++)
        more = pattern_each(&desired->pattern[i], hostlist_pass, &sieve);
    if (fine && !sieve.any && strcmp(list, "^-") == 0)
        fine = problem_add(problem, STATUS_USAGE, "standard input has no "
            "host; write one host list a line, or name one, as in "
            "celery-tmux-launch hosts 'node[001-010]'");
    else if (fine && !sieve.any && *list == '^' && !strpbrk(list, ",- \t"))
        fine = problem_add(problem, STATUS_USAGE, "%s has no host; write one "
            "host list a line", list + 1);
    else if (fine && !sieve.any) {
        struct place place = {
            .text = list, .where = where, .problem = problem,
            .status = origin == HOSTLIST_CONFIG ? STATUS_CONFIG : STATUS_USAGE,
        };

        fine = place_problem(&place, list, strlen(list),
            "leaves no host; name at least one that is not excluded");
    }
    free(sieve.exclusion);
    words_clear(&names);
    hostlist_clear(&parsed);
    return fine;
}

bool
hostlist_each(const char *list, enum hostlist_origin origin,
    hostlist_visit *visit, void *data, struct problem *problem)
{
    return each(list, origin, NULL, visit, data, problem);
}

bool
hostlist_expand(const char *list, enum hostlist_origin origin,
    struct words *names, struct problem *problem)
{
    return hostlist_each(list, origin, keep, names, problem);
}

static bool
stop(const char *name, void *data)
{
    (void)name;
    (void)data;
    return false;
}

bool
hostlist_check(const char *list, const char *where, struct problem *problem)
{
    return each(list, HOSTLIST_CONFIG, where, stop, NULL, problem);
}

/* The part of a node's name before the first dot; NULL when it has none. */
static char *
short_name(const char *node)
{
    unsigned char address[sizeof(struct in6_addr)];
    const char *dot = strchr(node, '.');

    if (dot == NULL || inet_pton(AF_INET, node, address) == 1
        || inet_pton(AF_INET6, node, address) == 1)
        return NULL;
    return text_copy_part(node, (size_t)(dot - node));
}

static size_t
count_node(const struct patterns *patterns, const char *node,
    const char *shorter)
{
    size_t count = 0;

    for (size_t i = 0; i < patterns->count; i++) {
        count += pattern_count(&patterns->pattern[i], node);
        if (shorter)
            count += pattern_count(&patterns->pattern[i], shorter);
    }
    return count;
}

bool
hostlist_match(const char *list, const char *node, bool *matches,
    const char *where, struct problem *problem)
{
    struct hostlist parsed = {0};
    char *shorter = short_name(node);
    bool fine;

    fine = hostlist_parse(&parsed, list, HOSTLIST_CONFIG, where, problem);
    *matches = fine && count_node(&parsed.desired, node, shorter)
        > count_node(&parsed.excluded, node, shorter);
    free(shorter);
    hostlist_clear(&parsed);
    return fine;
}
