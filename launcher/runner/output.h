/*
 * output.h - where a worker's output goes besides its pane: into its record
 * (record/log.h) and to the system's log, as its settings say.
 */
#ifndef RUNNER_OUTPUT_H
#define RUNNER_OUTPUT_H

#include "runner/outlet.h"
#include "runner/runner.h"

/*
 * Begin to take what the terminal gives; a worker whose output cannot be kept
 * runs nevertheless.
 */
void output_begin(struct runner *runner);
/*
 * The worker is ready.  What earlier runs kept goes, where nothing is to be
 * kept any more; one that does not get so far may have an old one beside it.
 */
void output_ready(const struct runner *runner);
/* The run is over: see the rest off. */
void output_end(struct runner *runner);

/* The way to the system's log, in the format of logger(1); runner/syslog.c. */
extern const struct outlet_calls syslog_calls;
/* What it wants for its data, freed by its end. */
void *syslog_data(const char *name);

#endif
