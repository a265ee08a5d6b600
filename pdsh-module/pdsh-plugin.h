/*
 * pdsh-plugin.h - the part of pdsh's plugin interface that this module uses,
 * in our own words; pdsh installs no header.
 *
 * The layouts below are those of pdsh 2.31 to 2.36.  Options are the one part
 * that a later pdsh could well change: plugin_options() looks whether they are
 * laid out like this, and only then is a pointer in them followed, that to the
 * targets.  pdsh resolves these functions when it loads the module, and does
 * not load it without.
 * Never include <err.h> beside this: its err() is another function.
 */
#ifndef PDSH_PLUGIN_H
#define PDSH_PLUGIN_H

#include <stdbool.h>
#include <sys/types.h>

/* Personalities: as which of its names pdsh runs, or what a module serves. */
enum { PERSONALITY_PDSH = 1, PERSONALITY_PDCP = 2 };

/* For rcmd_opt_set(): shall pdsh look up addresses before it connects? */
enum { RCMD_RESOLVE_HOSTS = 1 };

struct hostlist;
struct hostlist_iterator;
struct pipecmd;

/* All of pdsh's options, as hooks get them. */
struct pdsh_opt;

/* Those of interest here, behind the program's name and seven switches. */
struct pdsh_options {
    struct hostlist *targets;
    char *local_user;
    uid_t local_uid;
    char *remote_user;
    int fanout, connect_timeout, command_timeout;
};

struct pdsh_module_hooks {
    int (*loaded)(void);        /* negative: do not use this module */
    int (*unload)(void);
    /* Targets to add, or NULL; called once all options were read. */
    struct hostlist *(*targets)(struct pdsh_opt *);
    /* Called before anything is done; positive: give up. */
    int (*options_done)(struct pdsh_opt *);
};

struct pdsh_rcmd_hooks {
    int (*start)(struct pdsh_opt *);    /* result is ignored by pdsh */
    int (*signal)(int descriptor, void *connection, int number);
    /*
     * Run in a thread of its own for each target.  Gives back a descriptor
     * that standard output is read from, and in `*error` one for standard
     * error; -1 for failure.
     */
    int (*connect)(char *host, char *address, char *local_user,
        char *remote_user, char *command, int rank, int *error,
        void **connection);
    int (*disconnect)(void *connection);    /* the exit status */
};

/* A table ends with a row of zeroes. */
struct pdsh_module_option {
    char letter;
    const char *argument, *help;
    int personality;
    int (*set)(struct pdsh_opt *, int letter, char *argument);
};

/* A module exports one of these, called pdsh_module_info. */
struct pdsh_module {
    const char *type, *name, *author, *help;
    int personality;
    struct pdsh_module_hooks *hooks;
    struct pdsh_rcmd_hooks *rcmd;
    struct pdsh_module_option *options;
};

extern char *pdsh_version;      /* "2.34 (+readline+debug)" */

/* To standard error; %p is "pdsh@HEAD", %S a host, %m the error in errno. */
void err(const char *format, ...);

int pdsh_personality(void);
const char **pdsh_remote_argv(void);    /* the words of the command */
int rcmd_opt_set(int option, void *value);

struct hostlist *hostlist_create(const char *text);
void hostlist_uniq(struct hostlist *list);      /* sorts it, too */
ssize_t hostlist_ranged_string(struct hostlist *list, size_t size,
    char *text);
struct hostlist_iterator *hostlist_iterator_create(struct hostlist *list);
/* The next name, freed by the caller; NULL behind the last. */
char *hostlist_next(struct hostlist_iterator *iterator);
void hostlist_iterator_destroy(struct hostlist_iterator *iterator);
void hostlist_destroy(struct hostlist *list);

/* How pdsh's own modules run a program; it fills in %h, %u and %n. */
struct pipecmd *pipecmd(const char *path, const char **words,
    const char *host, const char *user, int rank);
int pipecmd_stdoutfd(struct pipecmd *child);
int pipecmd_stderrfd(struct pipecmd *child);
int pipecmd_signal(struct pipecmd *child, int number);
int pipecmd_wait(struct pipecmd *child, int *wait_status);
void pipecmd_destroy(struct pipecmd *child);

/*
 * The options, borrowed; NULL when this pdsh is not known, or they do not lie
 * where we look for them: what is there must be what it can be.
 */
const struct pdsh_options *plugin_options(const struct pdsh_opt *opt);

#endif
