/*
 * command.h - what a command is and what it is given.
 *
 * Each command's row stands at the end of its own file; command.c lists
 * them.  main() prepares what a row says it needs, then runs it.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "account.h"
#include "config.h"
#include "options.h"
#include "problem.h"
#include "worker.h"

enum {
    NEEDS_CONFIG = 1 << 0,      /* the configuration */
    NEEDS_WORKERS = 1 << 1,     /* the same, settled, and workers chosen */
};

/* One call of the program. */
struct call {
    const struct command *command;
    struct options options;
    struct account account;
    struct node node;
    struct configuration config;
    struct workers workers;     /* the chosen ones */
    long long began;            /* clock.h */
};

struct command {
    const char *name;
    const char *usage;          /* behind the name, for SYNOPSIS */
    const char *help;
    bool internal;              /* not for people */
    unsigned needs, accepts;
    /* The status; sentences about single workers are printed already. */
    enum status (*run)(struct call *call, struct problem *problem);
};

/* Ends with NULL. */
extern const struct command *const commands[];

/* NULL, with a sentence, when there is none; `name` may be NULL. */
const struct command *command_find(const char *name, struct problem *problem);

/* Read the configuration, if there is one. */
bool call_configure(struct call *call, struct problem *problem);
/*
 * Read the configuration and settle the workers that the call chooses.
 * False with STATUS_CONFIG or STATUS_USAGE.
 */
bool call_prepare(struct call *call, struct problem *problem);
/*
 * The same for the one worker whose record lies in `directory`: the present
 * one, "worker", or the one that follows, "next".
 */
bool call_recall(struct call *call, const char *directory, const char *which,
    struct problem *problem);
void call_clear(struct call *call);

#endif
