/*
 * progress.c - tells what is being waited for, and for how long still.
 */
#include "cli/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plain.h"

/* Long enough that a quick command shows nothing. */
enum { PATIENCE = 1000 };

static bool shown;
static long long first, last;

void
progress_show(const char *worker, const char *what, long long deadline)
{
    long long now = clock_now();
    char *name;

    if (first == 0)
        first = now;
    if (now - first < PATIENCE || now / 1000 == last
        || !isatty(STDERR_FILENO))
        return;
    last = now / 1000;
    shown = true;
    name = plain_text(worker);
    dprintf(STDERR_FILENO, "\r\033[K%s: %s, %d s left", name, what,
        (clock_left(deadline) + 999) / 1000);
    free(name);
}

void
progress_clear(void)
{
    if (shown)
        dprintf(STDERR_FILENO, "\r\033[K");
    shown = false;
    first = 0;
}
