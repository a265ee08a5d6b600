/*
 * status.h - what status finds out about a worker, for its line and for the
 * stream of lines.
 */
#ifndef COMMANDS_STATUS_H
#define COMMANDS_STATUS_H

#include <stdio.h>

#include "lifecycle/drift.h"
#include "lifecycle/job.h"
#include "record/health.h"

/* The state of a worker, for people and scripts. */
struct state {
    const char *name;
    enum status status;
    bool lost;                  /* its runner was killed */
    bool limited;               /* nobody starts it by itself just now */
    bool stuck;                 /* it could take tasks, and does not */
    struct health health;
};

/* What costs more to find out than the rest. */
struct details {
    struct drift drift;
    long long memory;           /* MiB; -1: not known */
};

/* `state.health` is the caller's to clear. */
struct state status_state(const struct job *job, struct problem *problem);
/* All zeroes at first; renewed by each call. */
void status_details(const struct job *job, const struct node *node,
    struct details *details);
void status_details_clear(struct details *details);
/* One line. */
void status_print_json(FILE *file, const struct job *job,
    const struct state *state, const struct details *details);

/*
 * Print the line of each worker, and again whenever it has changed, until
 * nobody reads any more: status --json --follow.
 */
enum status status_follow(struct context *context, struct problem *problem);

#endif
