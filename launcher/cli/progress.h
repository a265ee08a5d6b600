/*
 * progress.h - one line on the terminal while a command waits.
 *
 * Nothing is written when standard error is no terminal.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

/* "WORKER: WHAT, N s left", once the wait is a second old. */
void progress_show(const char *worker, const char *what, long long deadline);
/* Take the line away; before anything else is printed. */
void progress_clear(void);

#endif
