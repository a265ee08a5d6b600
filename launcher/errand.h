/*
 * errand.h - a shell command of somebody's that is run to its end here and
 * now, such as the steps of sync: not a worker, which has a session.
 */
#ifndef ERRAND_H
#define ERRAND_H

#include <sys/types.h>

#include "problem.h"
#include "words.h"

struct errand {
    const char *command;        /* for the shell */
    const char *shell;          /* NULL: /bin/bash where it exists */
    const char *directory;      /* where it runs, or NULL */
    const struct words *environment;    /* NULL: our own */
    int output;                 /* both its channels; 0: only kept */
    bool keep;                  /* what it prints is wanted in `printed` */
    pid_t spared;               /* a child of ours that is none of it, or 0 */
};

/*
 * Run it, however long that takes, its input from /dev/null, and show what
 * it prints at once.  `*result` is its status as in a shell's $?; `*printed`,
 * freed by the caller, the last part of what it printed when that is kept, or
 * "".  SIGINT, SIGTERM or SIGHUP that come to us meanwhile end it with all
 * that it started: false then, with STATUS_AGAIN.
 *
 * What it leaves running after an end of its own stays.
 */
bool errand_run(const struct errand *errand, char **printed, int *result,
    struct problem *problem);

/* The shell for a setting's commands when the setting `shell` is `set`. */
const char *errand_shell(const char *set);

#endif
