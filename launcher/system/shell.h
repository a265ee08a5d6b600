/*
 * shell.h - a shell command of somebody's that is run to its end here and
 * now, such as the steps of sync: not a worker, which has a session.
 */
#ifndef SYSTEM_SHELL_H
#define SYSTEM_SHELL_H

#include <stdio.h>
#include <sys/types.h>

#include "base/problem.h"
#include "base/words.h"

struct shell_command {
    const char *text;           /* for the shell */
    const char *shell;          /* NULL: /bin/bash where it exists */
    const char *directory;      /* where it runs, or NULL */
    const struct words *environment;    /* NULL: our own */
    FILE *output;               /* both its channels; NULL: only kept */
    pid_t spared;               /* a child of ours that is none of it, or 0 */
};

/*
 * Run it, however long that takes, its input from /dev/null, and show what
 * it prints at once.  `*result` is its status as in a shell's $?; `*printed`,
 * freed by the caller, the last part of what it printed.  SIGINT, SIGTERM or
 * SIGHUP that come to us meanwhile end it with all that it started: false
 * then, with STATUS_AGAIN.  Below nohup a hangup ends neither us nor it.
 *
 * A process it leaves running after its own end stays, but nobody reads any
 * more what that prints to the channels it inherited.
 */
bool shell_run(const struct shell_command *command, char **printed,
    int *result, struct problem *problem);

/* The shell for a setting's commands when the setting `shell` is `set`. */
const char *shell_program(const char *set);

/*
 * A command may have a password in it, and everybody can read the words of a
 * process.  So a shell gets it as this variable, and SHELL_EVAL as its
 * words: they run it as -c would, but for the variable, which is gone by
 * then.
 */
#define SHELL_VARIABLE "CELERY_TMUX_COMMAND"
#define SHELL_EVAL "eval \"unset " SHELL_VARIABLE "; $" SHELL_VARIABLE "\""

#endif
