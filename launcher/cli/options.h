/*
 * options.h - the command line.
 *
 * Options may stand before or behind the command.  What is no option of the
 * program but the key of a setting becomes the topmost layer.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdio.h>

#include "config/layer.h"

/* Options that only some commands take; a command names those it does. */
enum {
    ACCEPT_WORKERS = 1 << 0,    /* WORKER names and --queue */
    ACCEPT_STATE_DIR = 1 << 30, /* of settings --state-dir alone */
    ACCEPT_SETTINGS = 1 << 1 | ACCEPT_STATE_DIR,    /* --KEY=VALUE */
    ACCEPT_DRY_RUN = 1 << 2,
    ACCEPT_NO_WAIT = 1 << 3,
    ACCEPT_FORCE = 1 << 4,
    ACCEPT_NOW = 1 << 5,
    ACCEPT_JSON = 1 << 6,
    ACCEPT_LINES = 1 << 7,
    ACCEPT_FOLLOW = 1 << 8,
    ACCEPT_WRITE = 1 << 9,
    ACCEPT_FOLD = 1 << 10,
    ACCEPT_FORMAT = 1 << 11,
    ACCEPT_HOSTS = 1 << 12,
    ACCEPT_WORKER = 1 << 13,    /* --worker NAME */
    ACCEPT_LAST_RUN = 1 << 14,
    ACCEPT_ARGUMENTS = 1 << 15, /* any words, its own business */
    ACCEPT_SPLAY = 1 << 16,
    ACCEPT_SYNC = 1 << 17,
    ACCEPT_IF_CHANGED = 1 << 18,
    ACCEPT_NAMES = 1 << 19,     /* --workers */
    ACCEPT_SETUP = 1 << 20,
    ACCEPT_ALL = 1 << 21,
    ACCEPT_PRINT = 1 << 22,
    ACCEPT_DRAINING = 1 << 23,
    ACCEPT_SINCE = 1 << 24,
    ACCEPT_UNTIL = 1 << 25,
    ACCEPT_TIMEOUT = 1 << 26,
    ACCEPT_GREP = 1 << 27,
    ACCEPT_TARGETS = 1 << 28,   /* -w HOSTS */
    ACCEPT_PROM = 1 << 29,
};

struct options {
    char *command;              /* NULL: none given */
    struct words arguments;     /* behind the command */
    char *config;               /* NULL: look for one */
    char *node;                 /* NULL: the host's name */
    char *head;                 /* NULL: not called by another machine */
    char *for_root;             /* root calls us as a worker's user, and this
                                   is its configuration's name; NULL: no */
    struct words queues;
    struct layer layer;         /* --KEY=VALUE */
    char *lines;                /* NULL: not said */
    char *format, *worker, *splay, *targets;    /* the same */
    char *since, *until, *timeout, *grep;
    bool dry_run, no_wait, force, now, json, follow, write, fold, hosts,
        workers, setup, last_run, draining, sync, no_sync, if_changed, all,
        print, prom, beats, verbose, help, version;
    unsigned used;              /* ACCEPT_ of everything that was given */
    struct words elsewhere;     /* all of it as given, for another process:
                                   without --config, --sync, --no-sync
                                   and --head */
};

/* An option of the program, which is no setting. */
struct option {
    const char *name;
    char letter;
    unsigned accept;            /* 0: every command takes it */
    const char *argument;       /* what it takes, or NULL */
    size_t offset;              /* of a bool or char * in struct options */
    const char *help;           /* NULL: not for people */
};

/* The options in the order of --help; NULL behind the last. */
const struct option *options_row(size_t row);

/* False with STATUS_USAGE. */
bool options_read(struct options *options, int count, char *const *word,
    struct problem *problem);
/* Is everything that was given something that a command accepts? */
bool options_check(const struct options *options, unsigned accepts,
    struct problem *problem);
/*
 * The lines of --help about options, those that `accepts` allows.  `who`, if
 * it is not NULL, names the commands that take one for which that is worth
 * saying, freed here; NULL for any other.
 */
void options_print(FILE *stream, unsigned accepts,
    char *(*who)(unsigned accept));
void options_clear(struct options *options);

#endif
