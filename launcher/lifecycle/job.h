/*
 * job.h - one worker under one command: its record, its run, what
 * became of it.
 *
 * A command makes a job of every chosen worker, takes all of them through
 * its steps, so that their waiting overlaps, and prints a line for each in
 * configuration order.
 */
#ifndef LIFECYCLE_JOB_H
#define LIFECYCLE_JOB_H

#include "cli/command.h"
#include "record/record.h"
#include "tmux/tmux.h"

struct job;

struct jobs {
    struct job *job;
    size_t count;
};

struct job {
    const struct worker *worker;    /* borrowed */
    struct record record;
    struct record at;               /* of the run that was read last */
    struct run run;                 /* it: the current one */
    bool pinned;                    /* or this very one, whichever is */
    struct jobs others;             /* of runs beside it (others.h) */
    char *socket;                   /* of the tmux server it is on */
    bool alive;                     /* the run was alive when read last */
    bool lost;                      /* and its runner had been killed */
    int unknown;                    /* errno why nobody could tell; 0 */
    bool replaces;                  /* one that runs is ended for the next */
    bool joins;                     /* or one that is begun already will do */
    bool restarted;                 /* an earlier run was ended for this */
    bool surges;                    /* or is to be when this one is ready */
    long long deadline;             /* of what is being waited for */
    struct process_list known;      /* what belongs to a run that ends */
    struct process_list left;       /* what is left of it */
    int blind;                      /* errno why nobody can tell; 0 */
    char *token;                    /* of our wish; see record/record.h */
    const char *outcome;            /* "started"; "": nothing to tell;
                                       NULL: it failed */
    char *detail;                   /* told behind the outcome, or NULL */
    enum status status;
    struct problem problem;         /* of this worker alone */
};

void job_make(struct job *job, const struct worker *worker);
/* The same for one of the worker's runs, in `directory`. */
void job_make_of_run(struct job *job, const struct worker *worker,
    const char *directory);
void job_clear(struct job *job);
void jobs_make(struct jobs *jobs, const struct context *context);
/* Print every job's line and sentences; the largest status. */
enum status jobs_report(const struct jobs *jobs);
void jobs_clear(struct jobs *jobs);

/*
 * Read the record's run anew, without a lock; a runner that has written how it
 * ended gets up to a second to leave.  Nobody may be able to tell whether the
 * run is alive: `unknown` is set then, and nothing may be done.
 */
void job_refresh(struct job *job);
/* False, with a sentence and STATUS_AGAIN, when nobody can tell. */
bool job_check_known(struct job *job);
/*
 * Make the record if there is none, lock it, look, and see that it is known.
 */
bool job_lock(struct job *job);
/* The same without waiting: false and no problem when somebody has it. */
bool job_try_lock(struct job *job);
void job_unlock(struct job *job);
bool job_is_open(const struct job *job);
/*
 * Its session, by the pane of the run that was read last where that is
 * known; valid as long as the run is.
 */
struct tmux_session job_session(const struct job *job);
/* False when the run's tmux server has gone, and its pane with it. */
bool job_has_screen(const struct job *job);
/*
 * Why there is no pane to look at: it does not run, and `way_out` says what to
 * do then; it runs without one; or nobody can tell.  The sentence's status.
 */
enum status job_tell_unseen(struct job *job, const char *way_out,
    struct problem *problem);
/* The tmux server that a new run goes to; freed by the caller. */
char *job_new_socket(const struct job *job);

#endif
