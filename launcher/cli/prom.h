/*
 * prom.h - workers as metrics for Prometheus, in the text format that
 * node_exporter's textfile collector reads.
 *
 * All samples of a metric have to stand together, so workers are added first
 * and printed at the end.  What is not known of a worker has no sample.
 */
#ifndef CLI_PROM_H
#define CLI_PROM_H

#include "base/text.h"
#include "record/health.h"
#include "worker/worker.h"

enum { PROM_MOST = 20 };        /* metrics that there may be */

/* All zeroes: no worker yet. */
struct prom {
    struct text_stream samples[PROM_MOST];
    struct words labels;        /* of each worker */
};

/* A worker as status sees it; all borrowed. */
struct prom_worker {
    const char *user;
    const struct worker *worker;
    const struct record *record;
    const struct run *run;
    bool alive;
    const char *state;          /* its name, by status */
    bool stuck;
    const struct health *health;
    long long memory;           /* MiB; -1: not known */
    const struct words *drifted;        /* keys of settings */
};

/*
 * Add a worker.  One with the labels of another, which only --all can find,
 * would make all of it unreadable: it is left out with a sentence.
 */
void prom_add(struct prom *prom, const struct prom_worker *worker,
    struct problem *problem);
/* Print all that were added, and forget them. */
void prom_print(struct prom *prom);

#endif
