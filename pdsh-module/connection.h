/*
 * connection.h - one target of a fan-out, from connect to disconnect.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stdbool.h>

#include "base/words.h"
#include "plan.h"

/* What is the same for all targets. */
struct fan_out {
    struct words ssh;           /* words for it; ssh-words.h */
    struct words command;       /* ours; empty when it is another one */
    struct plan plan;           /* what nodes need for ours */
};

/* As ssh has it. */
struct destination {
    const char *host, *user;
    bool other_user;            /* than the caller */
    int rank;                   /* among the targets */
};

struct connection;

/*
 * Start ssh to it, for our command or else for `line`, as -R ssh would.  Gives
 * back a descriptor that standard output is read from, in `*error` one for
 * standard error, and the connection; -1 when it was told why there is none.
 * Of our command report.h learns of all this.
 */
int connection_open(const struct fan_out *fan_out,
    const struct destination *destination, const char *line, int *error,
    struct connection **connection);

/*
 * End its ssh, which passes no signal on: its own end is the best that can be
 * had.  Negative when that fails.
 */
int connection_end(struct connection *connection);

/* Wait for it, and free it.  Its exit status. */
int connection_wait(struct connection *connection);

#endif
