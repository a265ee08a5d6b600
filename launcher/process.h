/*
 * process.h - starting other programs, signalling them and waiting for them.
 * Nothing else forks.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include "owner.h"
#include "problem.h"
#include "tree.h"
#include "words.h"

/* The descriptor of the program that `extra` becomes. */
enum { PROCESS_EXTRA = 3 };

/* How a program is started; all zeroes is "like ourselves". */
struct process_setup {
    const struct words *environment;    /* NULL: our own */
    const char *directory;              /* where it starts, or NULL */
    int input, output, error;           /* descriptors; 0: our own */
    int extra;                          /* becomes PROCESS_EXTRA; 0: none */
    const struct owner *owner;  /* who it runs as; NULL: our own.  It gets
                                   no descriptor but those named here */
    int *report;                /* becomes what process_executed() is given */
    bool silent_input;                  /* standard input is /dev/null */
    bool new_session;                   /* setsid(2): signals meant for us
                                           do not reach it */
};

/*
 * Start `words`, found in PATH.  Signals are unblocked and at their defaults
 * in the program.  False with STATUS_UNAVAILABLE when it cannot be executed:
 * that is known when this returns, unless setup->report is set.  An owner may
 * stop the process before that, so whoever names one sets it.
 */
bool process_start(const struct words *words,
    const struct process_setup *setup, pid_t *pid, struct problem *problem);
/*
 * The answer to that when the process has ended, without a wait: false when
 * it had not executed `words`, as far as it could tell.  Closes the report.
 */
bool process_executed(const struct words *words, int report,
    struct problem *problem);

/*
 * Run `words` to its end with input from /dev/null and everything it prints,
 * on both channels, in `*printed` (freed by the caller).  `*result` is the
 * exit status, 128 + the signal when one ended it.  One that takes longer
 * than a minute is killed.
 */
bool process_run(const struct words *words, char **printed, int *result,
    struct problem *problem);

/*
 * Run `body` in a process of its own that shares this program's memory as far
 * as neither changes it.  It is called `name`, not as we are, has no
 * environment, a session of its own, is no child of ours, and has the
 * descriptors `given` as 0, 1 and so on, and no others; signals stay blocked
 * and ignored as they are here.  The given ones lie above the standard ones.
 */
bool process_part(const char *name, void (*body)(void), const int *given,
    int count, struct process *process, struct problem *problem);

/* Become `words`; comes back only on failure. */
bool process_become(const struct words *words, struct problem *problem);

/*
 * Close every descriptor from `first` on; `last` is the highest one that may
 * be open (tree.h), for where the kernel cannot do it at once.
 */
void process_close_from(int first, int last);

/* What waitpid(2) told, as a shell would put it in $?. */
int process_result(int wait_status);

/*
 * Send a signal to this very process.  False with errno: ESRCH when it has
 * ended, EPERM when it is another user's, anything else when nobody can tell
 * whether it is there (tree.h).
 */
bool process_signal(struct process process, int number);
/*
 * Wait until the process, which need not be a child, has ended or `deadline`
 * (clock.h) has come.  True when it has ended for sure.
 */
bool process_wait(struct process process, long long deadline);

/* Processors that this process may use. */
long process_processors(void);

/* The path of this program itself; freed by the caller. */
char *process_self(struct problem *problem);

#endif
