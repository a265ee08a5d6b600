/*
 * probe.h - a worker's own command line, run as far as to where it
 * would connect.
 *
 * Celery is started by the words and in the environment of the worker, with
 * a module in place of ours that looks about, writes down what it finds and
 * ends.  So whatever keeps the worker from starting keeps the probe, and
 * nothing is consumed.
 */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "base/problem.h"
#include "record/record.h"
#include "system/notify.h"
#include "worker/account.h"
#include "worker/worker.h"

/* All zeroes but for the worker: not run. */
struct probe {
    const struct worker *worker;    /* of probed-worker.h; borrowed */
    const char *name;           /* of it, for `waits` and `tells` */
    bool humble;                /* others come first (system/spawn.h) */
    struct problem problem;     /* why it could not be tried at all */
    char *findings;             /* base/fields.h; see celery_tmux_probe.py */
    char *printed;              /* on both channels */
    int result;                 /* as in a shell's $? */
    bool executed;              /* it came as far as Celery's words */
    bool complete;              /* the module said all it had to */
    bool late;                  /* ended at start_timeout */
    bool ready;                 /* it was a worker, which said that it is
                                   ready or ended well when asked to */
    /* The rest is of use while it runs. */
    pid_t pid;                  /* 0: it does not */
    char *id;                   /* cookie, by which its processes are found */
    struct process main;        /* was asked to end, may have a task; pid 0:
                                   none */
    bool hurried;               /* ^C came while it was waited for */
    long long deadline;         /* base/clock.h; of that, then */
    struct record record;
    struct notify notify;
};

struct probes {
    struct probe *probe;
    size_t count;
    size_t most;                /* so many at the same time */
    const struct account *account;
    void (*waits)(const struct probe *probe);   /* called now and then; or
                                                   NULL */
    void (*tells)(const struct problem *sentence);  /* at once, what it waits
                                                   for without a limit */
};

/*
 * Run all, each for at most its worker's start_timeout, and where that turns
 * out to be a real worker for as long as its tasks take.  Nothing is left of
 * them: neither a file nor a process, but for one that cannot be ended, which
 * is the problem then.  After ^C it cleans up and does not come back; a real
 * worker has stop_timeout then.
 */
void probes_run(const struct probes *probes);
/* The worker stays. */
void probe_clear(struct probe *probe);

#endif
