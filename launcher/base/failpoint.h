/*
 * failpoint.h - named places between two steps of a command.
 *
 * A test sets CELERY_TMUX_DIE_AT to the name of a step, and the program that
 * was built for tests (DIES_AT_STEPS) ends there by SIGKILL, as if the
 * machine's memory had run out: what the next call makes of the rest is what
 * the test is about.  With CELERY_TMUX_STEPS it adds the name of each step it
 * comes to as a line to that file.  With CELERY_TMUX_EACH the second time that
 * a process comes to a step is "STEP 2", and so on.  With
 * CELERY_TMUX_LIST_STEPS it prints its table of names, and does nothing else;
 * a name that is not in it ends it.
 */
#ifndef BASE_FAILPOINT_H
#define BASE_FAILPOINT_H

void failpoint(const char *name);
/* The step "VERB NAME". */
void failpoint_of(const char *verb, const char *name);

#endif
