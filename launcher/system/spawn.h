/*
 * spawn.h - starting other programs and running them to their end.  Nothing
 * else forks.
 */
#ifndef SYSTEM_SPAWN_H
#define SYSTEM_SPAWN_H

#include <sys/types.h>

#include "base/problem.h"
#include "base/words.h"
#include "system/credentials.h"
#include "system/proc.h"

/* The descriptor of the program that `extra` becomes. */
enum { SPAWN_EXTRA = 3 };

/* How a program is started; all zeroes is "like ourselves". */
struct spawn_setup {
    const struct words *environment;    /* NULL: our own */
    const char *directory;              /* where it starts, or NULL */
    int input, output, error;           /* descriptors; 0: our own */
    int extra;                          /* becomes SPAWN_EXTRA; 0: none */
    const struct credentials *owner;    /* who it runs as; NULL: our own.  It
                                           gets no descriptor but those named
                                           here */
    int *report;                /* becomes what spawn_executed() is given */
    const char *umask, *nice, *nofile;  /* octal, numbers; NULL: our own */
    bool silent_input;                  /* standard input is /dev/null */
    bool new_session;                   /* setsid(2): signals meant for us
                                           do not reach it */
    bool keeps_ignored;                 /* INT and HUP stay ignored where they
                                           are here, as below nohup */
    bool ends_with_us;                  /* TERM when the thread that calls
                                           ends */
    bool humble;                        /* where that can be had: niced, and
                                           the first to go when memory ends */
};

/*
 * Programs that are started get no descriptor that our caller left open: a
 * tmux server, which lasts, would hold its locks and pipes for as long.  What
 * this process becomes gets them.
 */
void spawn_hide_descriptors(void);

/*
 * Start `words`, found in PATH.  Signals are unblocked and at their defaults
 * in the program, but for setup->keeps_ignored.  False with STATUS_UNAVAILABLE
 * when it cannot be executed, with STATUS_PERMISSION when it cannot have its
 * limits: that is known when this returns, unless setup->report is set.  An
 * owner may stop the process before that, so whoever names one sets it.
 */
bool spawn_start(const struct words *words,
    const struct spawn_setup *setup, pid_t *pid, struct problem *problem);
/*
 * The answer to that when the process has ended, without a wait: false when
 * it had not executed `words`, as far as it could tell.  Closes the report.
 */
bool spawn_executed(const struct words *words, int report,
    struct problem *problem);

/*
 * Run `words` to its end with input from /dev/null and everything it prints,
 * on both channels, in `*printed` (freed by the caller).  `*result` is the
 * exit status, 128 + the signal when one ended it.  One that takes longer
 * than a minute is killed.
 */
bool spawn_run(const struct words *words, char **printed, int *result,
    struct problem *problem);
/* The same in another setup, whose `error`, if it has one, stays that. */
bool spawn_run_with(const struct words *words,
    const struct spawn_setup *given, char **printed, int *result,
    struct problem *problem);

/*
 * Run `body` in a process of its own that shares this program's memory as far
 * as neither changes it.  It is called `name`, not as we are, has no
 * environment, a session of its own, is no child of ours, and has the
 * descriptors `given` as 0, 1 and so on, and no others; signals stay blocked
 * and ignored as they are here.  The given ones lie above the standard ones.
 */
bool spawn_part(const char *name, void (*body)(void), const int *given,
    int count, struct process *process, struct problem *problem);

/*
 * As spawn_start() does, but it is no child of ours, and not below us for a
 * subreaper either, should we be one.
 */
bool spawn_beside(const struct words *words,
    const struct spawn_setup *setup, struct problem *problem);

/*
 * Become `words`, with the descriptors that our caller left open; comes back
 * only on failure.  Nothing of ours may be open then but standard ones.
 */
bool spawn_become(const struct words *words, struct problem *problem);

/*
 * Close every descriptor from `first` on; `last` is the highest one that may
 * be open (system/proc.h), for where the kernel cannot do it at once.
 */
void spawn_close_from(int first, int last);

/* The status of waitpid(2) as a shell would put it in $?. */
int spawn_result(int wait_status);
/* Wait for the end of a child, which is told the same way. */
int spawn_wait(pid_t pid);

/*
 * Add the words that call this program itself: its path and, unless they are
 * NULL, a command and its argument.
 */
bool spawn_self_words(struct words *words, const char *command,
    const char *argument, struct problem *problem);

#endif
