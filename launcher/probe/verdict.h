/*
 * verdict.h - what a probe says about its worker.
 */
#ifndef PROBE_VERDICT_H
#define PROBE_VERDICT_H

#include "probe/probe.h"

enum verdict {
    VERDICT_STARTS,             /* as far as a probe can tell */
    VERDICT_FAILS,              /* nor would the worker start */
    VERDICT_NONE,               /* it was late, killed, or not tried */
};

/*
 * Add the reason to `problem`, unless it starts: a sentence, with its way out
 * for one that fails.
 */
enum verdict verdict_of(const struct probe *probe, struct problem *problem);

/*
 * The sentence alone, for a cause (probe/cause.h) that keeps a worker from
 * starting; false, as problem_add(), and true when there is no such cause.
 */
bool verdict_explain(const struct probe *probe, struct problem *problem);

#endif
