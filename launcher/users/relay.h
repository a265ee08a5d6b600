/*
 * relay.h - runs this program as another user, who shares nothing with
 * root.
 *
 * The user owns that process and may do anything with it: trace it, take its
 * descriptors, stop it, let it print.  So it has a session of its own and
 * none of our terminal or files.  What it prints comes through pipes and is
 * copied; signals are handed on; and it has its time.
 */
#ifndef USERS_RELAY_H
#define USERS_RELAY_H

#include "base/problem.h"
#include "base/words.h"
#include "system/credentials.h"
#include "worker/worker.h"

struct relay {
    const char *user;           /* for sentences */
    const struct words *words, *environment;
    const struct credentials *owner;
    const char *input;          /* what it reads from standard input */
    const struct workers *workers;      /* it may ask root for their sake */
    long long limit;            /* milliseconds; LLONG_MAX: until nobody
                                   reads our output any more */
    bool to_errors;             /* all it prints is copied to our errors, for
                                   our output is read by a program */
};

/*
 * Run it to its end, which is its exit status; STATUS_AGAIN with a sentence
 * when a signal, or we, ended it.  One that has not ended by its limit, or
 * some seconds after a signal was handed on, is killed; time that root's own
 * commands take for it is not its own.
 */
enum status relay_run(const struct relay *relay, struct problem *problem);

#endif
