/*
 * cause.h - why did a probe not come to its end?
 */
#ifndef PROBE_CAUSE_H
#define PROBE_CAUSE_H

#include "probe/probe.h"

/* In the order in which a start meets them. */
enum cause_kind {
    CAUSE_NONE,                 /* it did, or the broker kept it */
    CAUSE_LIMITS,               /* what the runner does before all else */
    CAUSE_SETUP,                /* worker_setup_cmd failed, or hangs */
    CAUSE_COMMAND,              /* there is no Celery by this command */
    CAUSE_MODULE,               /* Celery does not see our module */
    CAUSE_APP,                  /* the app cannot be imported */
    CAUSE_IMPORT,               /* nor what something else needs */
    CAUSE_OPTION,               /* Celery has no such option */
    CAUSE_ROOT,                 /* root and pickle */
    CAUSE_OTHER,
    CAUSE_LATE,                 /* it hangs in the app */
    CAUSE_OTHER_WORKER,         /* a real one, without our module */
};

/* Pure; what Celery 4 and 5 print on their ways out is known here alone. */
enum cause_kind cause_of(const struct probe *probe);

/*
 * Its own words about that, in one line: the sentence behind the last
 * "Error: ", or our own, or the last line, with the file and line that its
 * traceback ends at; "" when it is silent.  Freed by the caller.
 */
char *cause_text(const struct probe *probe);

/* The option that CAUSE_OPTION is about, "--name"; freed by the caller. */
char *cause_option(const struct probe *probe);

#endif
