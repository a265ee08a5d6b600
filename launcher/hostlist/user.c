/*
 * user.c - users and types.  pdsh loses words before a user and asks
 * for a module named after whatever is before a colon; both become sentences
 * here.
 */
#include "hostlist/user.h"

#include <string.h>

#include "hostlist/hostlist.h"

#define BLANKS HOSTLIST_BLANKS

/* The modules that pdsh's -R knows, and ours. */
static const char *const types[] = {
    "celery", "exec", "k4", "mqsh", "mrsh", "qsh", "rsh", "ssh", "xcpu",
};

static bool
is_type(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i]) == length
            && memcmp(types[i], text, length) == 0)
            return true;
    return false;
}

/* Is the word around `colon` an IPv6 address, ranges allowed? */
static bool
is_address(const char *start, const char *colon, const char *end)
{
    const char *word = colon, *stop;

    while (word > start && !strchr(BLANKS, word[-1]))
        word--;
    stop = word + strspn(word, "0123456789abcdefABCDEF:.[,-]");
    stop = stop < end ? stop : end;
    if (stop < end && !strchr(BLANKS, *stop))
        return false;
    return memchr(colon + 1, ':', (size_t)(stop - colon) - 1) != NULL;
}

/* Is it one that no type stands before? */
static bool
is_odd(const char *start, const char *colon, const char *end)
{
    return colon != NULL && colon[1] != ':' && !is_address(start, colon, end);
}

static bool
complain_of_colon(const struct place *place, const char *start,
    const char *end)
{
    return place_problem(place, start, (size_t)(end - start), "has a "
        "colon after a word that is not a type of pdsh's, such as ssh; "
        "leave out type or port");
}

static bool
skip_type(const struct place *place, const char **at, const char *end)
{
    const char *start = *at;
    const char *colon = memchr(start, ':', (size_t)(end - start));

    if (!is_odd(start, colon, end))
        return true;
    if (!is_type(start, (size_t)(colon - start)))
        return complain_of_colon(place, start, end);
    *at = colon + 1;
    return true;
}

/* pdsh looks no further, and takes a word with another colon for a host. */
static bool
check_colons(const struct place *place, const char *start, const char *end)
{
    for (const char *word = start, *stop; word < end; word = stop + 1) {
        stop = word + strcspn(word, BLANKS);
        stop = stop < end ? stop : end;
        if (is_odd(word, memchr(word, ':', (size_t)(stop - word)), end))
            return complain_of_colon(place, start, end);
    }
    return true;
}

bool
hostlist_skip_user(const struct place *place, const char **at,
    const char *end)
{
    const char *start = *at;
    const size_t length = (size_t)(end - start);
    const char *colon = memchr(start, ':', length);
    const char *user = memchr(start, '@', length);

    if (colon && user && colon > user)
        return place_problem(place, start, length, "is not of the form "
            "TYPE:USER@HOSTS; leave out the colon");
    if (!skip_type(place, at, end))
        return false;
    if (user && *at + strcspn(*at, BLANKS "[]") < user)
        return place_problem(place, start, length, "has no user before the "
            "@; write a comma between names and USER@HOST");
    if (user)
        *at = user + 1;
    if (memchr(*at, '@', (size_t)(end - *at)) != NULL)
        return place_problem(place, start, length, "has a second @, and no "
            "host has one in its name; write USER@HOST, with a comma to the "
            "next");
    if (!check_colons(place, *at, end))
        return false;
    if (*at + strspn(*at, BLANKS) >= end)
        return place_problem(place, start, length, "names no host; write one "
            "behind it");
    return true;
}

bool
hostlist_names_user(const char *list)
{
    size_t length;

    for (; *list; list += length + (list[length] != '\0')) {
        length = strcspn(list, ",");
        if (*list != '^' && memchr(list, '@', length) != NULL)
            return true;
    }
    return false;
}
