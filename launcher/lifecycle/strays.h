/*
 * strays.h - what a run leaves behind where no runner has seen to it.
 */
#ifndef LIFECYCLE_STRAYS_H
#define LIFECYCLE_STRAYS_H

#include "lifecycle/job.h"

/*
 * Let the job know the processes of its run while they can be known, before
 * the run loses its parents: should the runner be dead, or be killed while we
 * wait, nobody else finds a process without the cookie.  Why nobody can tell
 * what belongs to it, as an errno, or 0.
 */
int strays_note(struct job *job);

/* Let the job know every process that would end, and end none. */
void strays_foresee(struct job *job);

/*
 * End what is left where no runner did: what the job knows, and what has the
 * cookie `id`, if that is not NULL.  What survives is left.  Was there
 * anything?
 */
bool strays_sweep(struct job *job, const char *id);

/*
 * Nothing of the last run is alive: end what it left behind nevertheless, as
 * far as that is known.  Was there anything?
 */
bool strays_end(struct job *job);

/*
 * False, with a sentence that names it and `status`, when anything of the run
 * is left.
 */
bool strays_check_none(struct job *job, enum status status);

#endif
