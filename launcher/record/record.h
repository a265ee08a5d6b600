/*
 * record.h - what is remembered of a worker between calls.
 *
 * A record is the directory STATE/HOST/SESSION, mode 0700, its files 0600:
 *
 *     lock      held with flock(2) while something changes; never replaced
 *     wanted    is it to be up or down, who said so, and which saying it was
 *     runs/     its runs (record/runs.h)
 *     current   which of them commands speak of
 *     origin    the configuration that it stood in
 *     tended    restarts that nobody asked for (record/backoff.h)
 *     stuck     it was told that the worker is
 *     log/      what it printed, with log_keep (record/log.h)
 *
 * A run's settings, and origin, go when it is over and none is wanted
 * (record_forget).
 *
 * HOST is the kernel's host name, since homes are shared over NFS and
 * processes are not.  Files are replaced by rename, never half written; what
 * a worker is brought back by after a loss of power (wanted, current, origin,
 * and a run's worker, home and run) is on the disk before that, and sealed
 * (base/seal.h).
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdbool.h>

#include "base/problem.h"
#include "base/words.h"
#include "system/proc.h"

struct record {
    char *directory;
    int lock;                   /* descriptor while locked, else 0 */
};

enum run_state {
    RUN_NONE,                   /* it never ran, or nobody can tell */
    RUN_PLANNED,                /* it follows when another has ended */
    RUN_STARTING,
    RUN_RUNNING,
    RUN_DRAINING,               /* it was told to end */
    RUN_ENDED,
};

/* One life of a worker; all zeroes is RUN_NONE. */
struct run {
    int unread;                 /* errno why the file cannot be read; 0 */
    enum run_state state;
    char *id;                   /* cookie in the environment of all of it */
    char *boot;                 /* which boot the times and pids belong to */
    unsigned long long namespace;   /* and which pid namespace; 0: unknown */
    long long begun;            /* base/clock.h, when its start began */
    long long since;            /* seconds since 1970 of the last change */
    struct process runner;      /* pid 0: it has not said so yet */
    struct process child;       /* what the runner started; pid 0: nothing */
    struct process main;        /* MainProcess; pid 0: not known */
    struct process_list left;   /* what survived its end, if anything */
    char *socket;               /* of the tmux server */
    struct process server;      /* it; pid 0: not known */
    char *pane;                 /* "%N", the runner's; "": not known */
    bool rebooted;              /* no runner has come since a boot */
    bool assumed;               /* ready without having said so */
    bool asked;                 /* somebody asked it to end */
    bool returns;               /* it was ready and ended by itself or with
                                   its tmux server: the next follows; of one
                                   that is planned: see runs_plan_return */
    bool kept;                  /* its pane is kept for a look */
    int result;                 /* of an ended one, as in a shell's $? */
    long soft;                  /* seconds of its soft shutdown, at QUIT */
    char *revision;             /* of git_sync_dir at its start, or "" */
    char *celery;               /* the version in its virtual environment at
                                   its start, or "" */
    char *phase;                /* "session", "runner", "setup" or "celery":
                                   how far it came */
    bool broken;                /* there is one that cannot be believed */
};

/* Who said down when a person closed the session: no command. */
#define DESIRED_BY_CLOSING "closing its session"

/* Is it to be up or down?  All zeroes: nobody ever said. */
struct desired {
    int unread;                 /* errno why the file cannot be read; 0 */
    bool up;
    char *by;                   /* the command that said so */
    char *token;                /* a random word, new each time */
    bool broken;                /* there is one that cannot be believed */
};

/*
 * Name the record of a session; nothing is touched.  `state` is the state
 * directory.
 */
void record_name(struct record *record, const char *state,
    const char *session);
/* The session whose record it is; its directory is named after that. */
const char *record_session(const struct record *record);
/* Make the directory, if need be, and check its rights. */
bool record_make(struct record *record, struct problem *problem);
/* The same for one in it, without a look at anybody's rights. */
bool record_make_directory(const struct record *record, const char *name,
    struct problem *problem);
/* Is there one?  Its rights are checked. */
bool record_exists(const struct record *record, bool *exists,
    struct problem *problem);
/*
 * Names of the sessions that have records on this host; `below` is NULL, or
 * a directory there that has records of its own.  False when the directory
 * is there and cannot be read.
 */
bool record_list(const char *state, const char *below,
    struct words *sessions, struct problem *problem);

/*
 * Lock, waiting at most `seconds`; STATUS_AGAIN after that.  The lock ends
 * with the process at the latest.
 */
bool record_lock(struct record *record, long seconds,
    struct problem *problem);
void record_unlock(struct record *record);

/*
 * A file of the record; freed by the caller.  NULL with errno: ENOENT when
 * there is none, EBADMSG when it is not whole, else why it cannot be read.
 */
char *record_read(const struct record *record, const char *name);
/*
 * Of what record_read() has just returned: errno when it may be there, whole,
 * and could not be read; else 0.
 */
int record_unread(const char *text);
/* Is there a file of that name, whatever is in it? */
bool record_has(const struct record *record, const char *name);
bool record_write(const struct record *record, const char *name,
    const char *text, struct problem *problem);
/*
 * The same, and a loss of power leaves the old text or the new one; which of
 * them is settled by record_sync(), for all that was kept before.
 */
bool record_keep(const struct record *record, const char *name,
    const char *text, struct problem *problem);
void record_sync(const struct record *record);
/* Say that a file cannot be believed, and what to do; always false. */
bool record_complain(const struct record *record, const char *name,
    struct problem *problem);

/* That there is none is no matter. */
void record_remove(const struct record *record, const char *name);

/* Is its current run over, for sure, and none wanted? */
bool record_is_over(const struct record *record);
/*
 * With the lock held: remove what processes that are gone had half written.
 */
void record_tidy(const struct record *record);
/*
 * With the lock held: of a run that is over, for sure, and not wanted, only
 * what tells that stays.  The settings hold passwords, and nobody needs them
 * any more; what cannot be removed now is when it is tried again.
 */
void record_forget(const struct record *record);
/* The same, unless somebody holds the lock: that one will, then. */
void record_try_forget(const struct record *record);
/* The same, whatever is wanted. */
void record_remove_settings(const struct record *record);

/*
 * A run, from its own record (record/runs.h).  Of what is there and is not
 * whole, of a later version, or of another worker `broken` alone is set.
 */
void record_read_run(const struct record *record, struct run *run);
bool record_write_run(const struct record *record, const struct run *run,
    struct problem *problem);
void record_read_desired(const struct record *record, struct desired *desired);
/* Could it be read?  Else false with a sentence. */
bool record_check_read(const struct record *record,
    const struct desired *desired, struct problem *problem);
/*
 * Can both be believed, as far as they matter: is it known whether the worker
 * is to run, and does, if it is to?  Else false with a sentence.
 */
bool record_check_whole(const struct record *record, const struct run *run,
    const struct desired *desired, struct problem *problem);
/*
 * Say anew what is wanted.  `*token` is replaced by what tells it apart; it
 * was NULL or on the heap, and the caller frees it.
 */
bool record_write_desired(const struct record *record, bool up,
    const char *by, char **token, struct problem *problem);

/*
 * Is anything of the run alive?  Its runner or, when that is gone, its
 * MainProcess; of another boot nothing is.  LIFE_UNKNOWN, with the reason in
 * errno, also when the file `run` could not be read.
 */
enum life run_life(const struct run *run);
/* The same; is it alive, and its runner, for sure, was killed? */
enum life run_look(const struct run *run, bool *lost);
/* The sure answer. */
bool run_is_alive(const struct run *run);
/* The answer of run_look() alone. */
bool run_lost_runner(const struct run *run);
/* Was MainProcess, as far as one can tell, told to end? */
bool run_was_told(const struct run *run);
/* Do its times and processes belong, for sure, to this boot? */
bool run_is_of_this_boot(const struct run *run);
/* Was the machine booted since its runner, or the one before, came? */
bool run_is_before_boot(const struct run *run);
/* Does the tmux server live that the runner came in? */
bool run_has_server(const struct run *run);
/* Was it begun at or after `moment` (base/clock.h) of this boot? */
bool run_is_since(const struct run *run, long long moment);
/* The words that status uses, for a run that is alive. */
const char *run_state_name(enum run_state state);

void record_clear(struct record *record);
void run_clear(struct run *run);
void desired_clear(struct desired *desired);

#endif
