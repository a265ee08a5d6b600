/*
 * command.h - what a command is and what it is given.
 *
 * Each command's row stands at the end of its own file; cli/command.c lists
 * them.  main() prepares what a row says it needs, then runs it.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdio.h>

#include "base/problem.h"
#include "cli/options.h"
#include "config/config.h"
#include "worker/account.h"
#include "worker/worker.h"

enum {
    NEEDS_WORKERS = 1 << 0,     /* the configuration, and workers chosen */
    NEEDS_ALL = 1 << 1,         /* the same with those of other nodes */
    BEGINS_RUNS = 1 << 2,       /* so the head has a part in it */
    ACTS_ANYWAY = 1 << 3,       /* has something to do without a worker, too */
    ENDS_LEFTOVERS = 1 << 4,    /* ends what the file does not have any more */
    NEEDS_TERMINAL = 1 << 5,    /* the caller's own */
    LASTS_LONG = 1 << 6,        /* git and setup commands have no limit */
    ENDS_RUNS = 1 << 7,         /* and none of them is wanted any more */
    FINDS_QUEUES = 1 << 8,      /* --queue may be one that no worker has */
    NEEDS_ONE = 1 << 10,        /* looks at one worker, whose session may be
                                   given for all */
    IS_OBEYED = 1 << 9,         /* what it prints is: no other user's call may
                                   print there */
};

/* One call of the program. */
struct context {
    const struct command *command;
    struct options options;
    struct account account;
    struct node node;
    struct configuration config;
    struct source source;       /* its text */
    struct workers workers;     /* the chosen ones, the caller's own */
    struct words others;        /* for root: users who have chosen ones */
    long long began;            /* base/clock.h */
};

struct command {
    const char *name;
    const char *usage;          /* behind the name, for SYNOPSIS */
    const char *help;
    bool internal;              /* not for people */
    unsigned needs, accepts;
    /* The status; sentences about single workers are printed already. */
    enum status (*run)(struct context *context, struct problem *problem);
};

/* Ends with NULL. */
extern const struct command *const commands[];

/* `help`, `help COMMAND` and `version` become the options. */
void command_words(struct options *options);

/*
 * The commands that take an option, "stop, kill"; NULL when they are more than
 * three.  Freed by the caller.
 */
char *command_names(unsigned accept);

/* NULL, with a sentence, when there is none; `name` may be NULL. */
const struct command *command_find(const char *name, struct problem *problem);

/* Read the configuration, if there is one. */
bool context_configure(struct context *context, struct problem *problem);
/*
 * Read the configuration and resolve the workers that the call chooses.
 * False with STATUS_CONFIG or STATUS_USAGE.  Those of other users are left
 * to them: by root in `others`, by anybody else with a sentence.
 */
bool context_prepare(struct context *context, struct problem *problem);
/*
 * The same for the one worker of the run whose record lies in `directory`.
 * False with STATUS_UNAVAILABLE when that is not whole.
 */
bool context_recall(struct context *context, const char *directory,
    struct problem *problem);
/* The same for the current run of the worker's record. */
bool context_recall_current(struct context *context, const char *directory,
    struct problem *problem);
/*
 * The same for the run that is to be there: the one that follows, if one
 * does.  False as well when it would run in another record.
 */
bool context_recall_next(struct context *context, const char *directory,
    struct problem *problem);
/*
 * One of the last two, for whoever does not hold the lock.  False without a
 * sentence when the record is to hold nothing, since its run is over, or when
 * somebody is at work on it just now.
 */
bool context_recall_unlocked(struct context *context, const char *directory,
    bool (*recall)(struct context *, const char *, struct problem *),
    struct problem *problem);
/* The second half of it: the configuration was read. */
bool context_choose(struct context *context, struct problem *problem);
/*
 * Move the workers that the call chooses out of `all`, which are those of all
 * users.  False with STATUS_USAGE.
 */
bool context_pick(struct context *context, struct workers *all,
    struct problem *problem);
/*
 * Does the call mean this one of `all`?  By queue; or by name, where NAME
 * stands for all of its instances, NAME+2 for the second, and NAME+1 for the
 * first, unless another is called that.  A call that names nothing means all.
 */
bool context_means(const struct context *context, const struct workers *all,
    const struct worker *worker);
/*
 * False with STATUS_USAGE: the call is not for one worker, which is a mistake
 * for the reason that `why` has.
 */
bool context_refuse_many(const struct context *context, const char *why,
    struct problem *problem);
/*
 * With --all, add the workers of this host's records that the configuration
 * does not have; for root, the users that it does not name, too.
 */
bool context_add_recorded(struct context *context, struct problem *problem);
/* How many of these run, or are to. */
size_t context_count_recorded(const struct context *context);
/* For root: the users whose workers root has started, in `others`. */
void context_add_users(struct context *context);
/* The same with the workers of all users. */
bool context_resolve(struct context *context, struct problem *problem);
/*
 * The head's part for the chosen workers, told on `output`.
 * `*changed` may be NULL.
 */
bool context_sync(const struct context *context, FILE *output, bool *changed,
    struct problem *problem);
/*
 * Where the caller's records lie when there is no worker to ask: --state-dir,
 * or the default.  Freed by the caller.
 */
char *context_state_directory(const struct context *context);
/*
 * Where they lie by the configuration, also when it has no worker.  Freed by
 * the caller; NULL with a sentence.
 */
char *context_default_state(const struct context *context,
    struct problem *problem);
void context_clear(struct context *context);

#endif
