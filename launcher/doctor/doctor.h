/*
 * doctor.h - can this node run its workers?
 *
 * A table of examinations, each in the file of its noun.  A finding is a line:
 * `ok`, `warning` for what a start survives but behaves otherwise with,
 * `error` for what it does not survive.  An examination that says nothing has
 * found nothing.
 *
 * For people what is wrong comes first: errors at once, warnings and then what
 * is well at the end, which without --verbose is a line for the node and one
 * for each worker.  With --json every finding is a line at once.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "cli/command.h"
#include "probe/probe.h"

struct doctor {
    const struct context *context;
    bool json, verbose;
    bool setup;                     /* run worker_setup_cmd, too */
    const struct examination *examination;
    const struct worker *worker;    /* NULL: the node itself */
    bool said;                      /* this examination has */
    char *detail;                   /* what ok is, with -v and --json */
    bool blocked;                   /* no more can be told of this worker */
    struct probe probe;             /* of this worker */
    char *probed;                   /* what it was a probe of */
    struct words unknown;           /* Celery's options that it lacks */
    enum status status;             /* the largest of the errors' */
    unsigned errors, warnings;      /* of this worker, or of the node */
    struct words warned, well;      /* lines for the end */
};

struct examination {
    const char *name;               /* of its item; in the manual page too */
    const char *good;               /* behind "ok: " */
    bool of_node;                   /* once, and not for each worker */
    bool probes;                    /* only where the probe says something */
    void (*examine)(struct doctor *doctor);
};

/* In the order in which they are made; ends with a row without a name. */
extern const struct examination examinations[];

void examine_tmux(struct doctor *doctor);
void examine_logind(struct doctor *doctor);
void examine_pdsh(struct doctor *doctor);
void examine_caller(struct doctor *doctor);
void examine_directories(struct doctor *doctor);
/* Files that Celery writes; with --setup when worker_setup_cmd has run. */
void need_places(struct doctor *doctor);
void examine_session(struct doctor *doctor);
void examine_node_name(struct doctor *doctor);
void examine_extra_args(struct doctor *doctor);
void examine_limits(struct doctor *doctor);
void examine_setup(struct doctor *doctor);
void examine_celery(struct doctor *doctor);
void examine_app(struct doctor *doctor);
void examine_options(struct doctor *doctor);
void examine_root(struct doctor *doctor);
void examine_environment(struct doctor *doctor);
void examine_output(struct doctor *doctor);
void examine_broker(struct doctor *doctor);

/* Run the worker's probe, again without each option that Celery lacks. */
void doctor_probe(struct doctor *doctor);

/* Examine the node, then every worker of the call; the status of check. */
enum status doctor_examine(struct doctor *doctor);

/* The detail that an examination which finds nothing wrong has seen. */
void doctor_detail(struct doctor *doctor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_warn(struct doctor *doctor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_fail(struct doctor *doctor, enum status status,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Each sentence of a problem, as an error or a warning, and clear it. */
void doctor_tell(struct doctor *doctor, bool error, struct problem *problem);
/* A line of one's own, under the item `name`. */
void doctor_print(struct doctor *doctor, const char *level, const char *name,
    const char *text);
/* Print what was kept for the end. */
void doctor_conclude(struct doctor *doctor);

#endif
