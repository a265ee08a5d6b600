/*
 * runner.h - one run of a worker, in its session's pane.
 *
 * As a subreaper the runner stays the ancestor of all that the worker's tasks
 * start, until nothing of it is left.
 */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include "record/health.h"
#include "record/record.h"
#include "runner/outlet.h"
#include "system/notify.h"
#include "system/pty-guard.h"
#include "system/pty.h"
#include "worker/worker.h"

/* What is known from inside the worker, and what follows (watchdog.h). */
struct watchdog {
    struct health health;
    struct outlet *outlet;      /* to the record; NULL until it is needed */
    long long silent_at;        /* base/clock.h; 0: it has promised nothing */
    long long kill_at;          /* after its QUIT, or 0 */
    long long restarted;        /* when that was asked for last, or 0 */
};

/* The record's log, the system's log. */
enum { RUNNER_OUTLETS = 2 };

/* Borrows the worker and owns the rest; all zeroes at first. */
struct runner {
    const struct worker *worker;
    struct record record;       /* the run's */
    struct record owner;        /* the worker's */
    struct run run;
    struct notify notify;
    struct pty pty;
    struct guard guard;         /* of the terminal */
    struct outlet *outlet[RUNNER_OUTLETS];  /* runner/output.h */
    int signals;                /* signalfd */
    pid_t server;               /* of tmux, whose child we are */
    int hold;                   /* on the server, or -1 (tmux/tmux.h) */
    pid_t child;                /* what we started */
    bool child_ended;
    long long main_ended;       /* base/clock.h; 0: not yet */
    int result;                 /* of MainProcess, or else of the child */
    long long executed;         /* when Celery was about to begin, or 0 */
    long long pool_seen;        /* when its pool was first up, or 0 */
    char *token;                /* the wish that it began with
                                   (record/record.h) */
    const char *by_hand;        /* what a person did to end it, or NULL */
    const char *accident;       /* why we end it, after which the next run
                                   follows; or NULL */
    bool orphaned;              /* its tmux server has died */
    long long surge_at;         /* when one beside it is asked for, or 0 */
    long long write_at;         /* when the record is written again, or 0 */
    long long refused;          /* when ^C was answered last, or 0 */
    struct watchdog watchdog;
    struct process_list swept;  /* processes ended at the end, a thousand of
                                   them at most */
};

/*
 * Get whatever loses its parent, and turn the signals that matter into
 * something to wait for: the first thing that a runner does.
 */
bool runner_listen(struct runner *runner, struct problem *problem);
/* Take the place that launch_begin() left in the record in `directory`. */
bool runner_enter(struct runner *runner, const char *directory,
    struct problem *problem);
/*
 * Run the worker to its end.  The status for the pane; the runner and the
 * problem are cleared.
 */
int runner_run(struct runner *runner, const struct node *node,
    struct problem *problem);

/* The rest is between the files of runner/. */

/*
 * Have the terminal guarded (system/pty-guard.h); the worker does without if
 * need be.
 */
void runner_guard(struct runner *runner);
/* Watch until the run is over; its state in the record is kept up to date. */
void runner_watch(struct runner *runner);
/* Take the signals that have come. */
void runner_take_signals(struct runner *runner);
/*
 * End the run, warmly, for what is nobody's wish: the next one follows, unless
 * somebody says something else meanwhile.
 */
void runner_replace(struct runner *runner, const char *accident);
/*
 * Its tmux server has died.  With surge it goes on until there is another in a
 * new server; else the run is ended, and the next one makes that.
 */
void runner_lose_server(struct runner *runner);
/* Ask for that one, when it is time. */
void runner_surge(struct runner *runner);
/* Milliseconds until then; -1 for ever. */
int runner_surge_patience(const struct runner *runner);
/* A person has told MainProcess by Celery's remote control to end. */
void runner_shut_down(struct runner *runner);
/*
 * Take leave of children that have ended.  Is any left?  We get whoever loses
 * its parent, so without a child there is nothing below us: the kernel says
 * so, whatever /proc shows.
 */
bool runner_reap(struct runner *runner);
/* End whatever is left of the run; what survives that is in run.left. */
void runner_sweep(struct runner *runner);
/* Send it to MainProcess; false with errno. */
bool runner_signal_main(const struct runner *runner, int number);
/*
 * It is ready.  One that was begun beside another takes that one's place
 * (lifecycle/surge.h).
 */
void runner_is_ready(struct runner *runner);
/* Enter the state in the record, with the time. */
void runner_change(struct runner *runner, enum run_state state);
/* Enter the run as it is: the record may have been damaged. */
void runner_write(struct runner *runner);
/*
 * The same when it is time, if that failed: a disk that is full of what others
 * wrote may have room again.
 */
void runner_write_again(struct runner *runner);
/* Milliseconds until then; -1 for ever. */
int runner_write_patience(const struct runner *runner);

#endif
