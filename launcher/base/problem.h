/*
 * problem.h - what went wrong, in sentences, with the exit status it
 * means.
 *
 * Functions that can fail take a `struct problem *` and return false; only
 * main() and the loop over workers print.  A sentence names the cause and the
 * way out, begins in lower case and has no full stop, so that it reads well
 * behind "celery-tmux-launch: ".
 */
#ifndef BASE_PROBLEM_H
#define BASE_PROBLEM_H

#include <stdbool.h>

/* Exit statuses, ordered by severity because `pdsh -S` returns the largest. */
enum status {
    STATUS_DONE = 0,
    STATUS_STOPPED = 3,         /* not running, as wanted */
    STATUS_DEAD = 4,            /* not running, although it should */
    STATUS_UNCHANGED = 10,      /* sync --if-changed: nothing changed */
    STATUS_USAGE = 64,
    STATUS_UNAVAILABLE = 69,    /* did not start; something is missing */
    STATUS_INTERNAL = 70,
    STATUS_AGAIN = 75,          /* locked, starting, still draining */
    STATUS_PERMISSION = 77,
    STATUS_CONFIG = 78,         /* wrong configuration; nothing was done */
};

/* All zeroes is "no problem". */
struct problem {
    char *text;                 /* sentences, one a line; NULL: none */
    enum status status;         /* the largest of theirs */
};

/*
 * Add a sentence; the passwords of URLs in it become ****.  Always false, so
 * that it can be returned.
 */
bool problem_add(struct problem *problem, enum status status,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/*
 * The way out of `error`, an errno, where it has one of its own, as limits
 * have; else `usual`.
 */
const char *problem_way_out(int error, const char *usual);
/* Give back the text; the problem is "none" again. */
void problem_clear(struct problem *problem);
/* Write the sentences to standard error, each behind the program's name. */
void problem_print(const struct problem *problem);

/* The larger, that is the worse, of two statuses. */
enum status status_worse(enum status one, enum status other);

#endif
