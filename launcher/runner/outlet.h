/*
 * outlet.h - a way out for what the worker prints that may be slow.
 *
 * A disk may be slow, a server of files may be gone, and whoever takes the
 * system's log may sleep.  So a thread of its own does what can wait there.
 * The runner leaves it the bytes and goes on; when too many are there already
 * it throws those away, since the last ones are worth more, and counts them.
 */
#ifndef RUNNER_OUTLET_H
#define RUNNER_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct outlet;

/* What the thread calls; `data` is its own until the end. */
struct outlet_calls {
    /* Bytes, behind `lost` others that were thrown away. */
    void (*take)(void *data, const char *bytes, size_t count,
        unsigned long long lost);
    /* Nothing is there to take.  Milliseconds until it is called again, or
     * -1: behind the next bytes. */
    int (*rest)(void *data);
    /* There will be no more. */
    void (*end)(void *data);
};

/* NULL, with a sentence, when there can be no thread; the end was called. */
struct outlet *outlet_start(const struct outlet_calls *calls, void *data,
    struct problem *problem);
/* Never waits. */
void outlet_put(struct outlet *outlet, const char *bytes, size_t count);
/*
 * Give it a moment for the rest.  One that hangs is left as it is, and `data`
 * with it: false then.
 */
bool outlet_end(struct outlet *outlet);

#endif
