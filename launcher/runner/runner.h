/*
 * runner.h - the watch over one run of a worker, in its session's pane.
 */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include "record/record.h"
#include "system/notify.h"
#include "system/pty-guard.h"
#include "system/pty.h"
#include "worker/worker.h"

/* Borrows the worker and owns the rest. */
struct runner {
    const struct worker *worker;
    struct record record;
    struct run run;
    struct notify notify;
    struct pty pty;
    struct guard guard;         /* of the terminal */
    int signals;                /* signalfd */
    pid_t server;               /* of tmux, whose child we are */
    int hold;                   /* on the server, or -1 (tmux/tmux.h) */
    pid_t child;                /* what we started */
    bool child_ended;
    long long main_ended;       /* base/clock.h; 0: not yet */
    int result;                 /* of MainProcess, or else of the child */
    long long executed;         /* when Celery was about to begin, or 0 */
    long long pool_seen;        /* when its pool was first up, or 0 */
    char *token;               /* the wish that it began with (record/record.h) */
    char *by_hand;              /* what a person did to end it, or NULL */
    struct process_list swept;          /* processes ended at the end, a thousand
                                   of them at most */
};

/* Turn the signals that matter into something to wait for. */
bool runner_listen(struct runner *runner, struct problem *problem);
/*
 * Have the terminal guarded (system/pty-guard.h); the worker does without if
 * need be.
 */
void runner_guard(struct runner *runner);
/* Watch until the run is over; its state in the record is kept up to date. */
void runner_watch(struct runner *runner);
/* End whatever is left of the run; what survives that is in run.left. */
void runner_sweep(struct runner *runner);
/* Enter the state in the record, with the time. */
void runner_change(struct runner *runner, enum run_state state);

#endif
