/*
 * place.h - where in a host list something is wrong, for the
 * hostlist-*.c files alone.
 */
#ifndef HOSTLIST_PLACE_H
#define HOSTLIST_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct place {
    const char *text;           /* the list, or the line of a ^FILE */
    const char *where;          /* "FILE:LINE" that has the list, or NULL */
    const char *file;           /* the ^FILE, or NULL */
    int line;                   /* in it */
    enum status status;
    struct problem *problem;
};

/*
 * Add a sentence that quotes `length` bytes at `at`, which is in place->text,
 * and goes on as the format says.  Always false.
 */
bool place_problem(const struct place *place, const char *at, size_t length,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
