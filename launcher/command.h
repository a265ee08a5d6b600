/*
 * command.h - what a command is and what it is given.
 *
 * Each command's row stands at the end of its own file; command.c lists
 * them.  main() prepares what a row says it needs, then runs it.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdio.h>

#include "account.h"
#include "config.h"
#include "options.h"
#include "problem.h"
#include "worker.h"

enum {
    NEEDS_CONFIG = 1 << 0,      /* the configuration */
    NEEDS_WORKERS = 1 << 1,     /* the same, settled, and workers chosen */
    NEEDS_ALL = 1 << 2,         /* the same with those of other nodes */
    BEGINS_RUNS = 1 << 3,       /* so the head has a part in it */
    ACTS_ANYWAY = 1 << 4,       /* has something to do without a worker, too */
    ENDS_LEFTOVERS = 1 << 5,    /* ends what the file does not have any more */
    NEEDS_TERMINAL = 1 << 6,    /* the caller's own */
    LASTS_LONG = 1 << 7,        /* git and setup commands have no limit */
    ENDS_RUNS = 1 << 8,         /* and none of them is wanted any more */
};

/* One call of the program. */
struct call {
    const struct command *command;
    struct options options;
    struct account account;
    struct node node;
    struct configuration config;
    struct source source;       /* its text */
    struct workers workers;     /* the chosen ones, the caller's own */
    struct words others;        /* for root: users who have chosen ones */
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
 * False with STATUS_CONFIG or STATUS_USAGE.  Those of other users are left
 * to them: by root in `others`, by anybody else with a sentence.
 */
bool call_prepare(struct call *call, struct problem *problem);
/*
 * The same for the one worker whose record lies in `directory`, as it runs or
 * ran last.  False with STATUS_UNAVAILABLE when the record is not whole.
 */
bool call_recall(struct call *call, const char *directory,
    struct problem *problem);
/*
 * The same for the worker that is to run there: the one that follows, if one
 * does.  False as well when it would run in another record.
 */
bool call_recall_next(struct call *call, const char *directory,
    struct problem *problem);
/* The second half of it: the configuration was read. */
bool call_choose(struct call *call, struct problem *problem);
/* The same with the workers of all users. */
bool call_settle(struct call *call, struct problem *problem);
/*
 * The head's part for the chosen workers, told on `output`.
 * `*changed` may be NULL.
 */
bool call_sync(const struct call *call, FILE *output, bool *changed,
    struct problem *problem);
/*
 * Where the caller's records lie when there is no worker to ask: --state-dir,
 * or the default.  Freed by the caller.
 */
char *call_state_directory(const struct call *call);
/*
 * Where they lie by the configuration, also when it has no worker.  Freed by
 * the caller; NULL with a sentence.
 */
char *call_default_state(const struct call *call, struct problem *problem);
void call_clear(struct call *call);

#endif
