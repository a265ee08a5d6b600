/*
 * summary.h - a fan-out in one line, and in a file for programs.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdbool.h>

/*
 * Can the file that PDSH_CELERY_REPORT names be written, if it names one?
 * False with the status; it has said why.
 */
bool summary_check(int *status);

/*
 * Say on standard error how many targets were done, and which were not; that
 * all were done is said to a terminal only, so that cron has nothing to mail.
 * Then write the file.  `status` is what pdsh is about to exit with; the
 * result is that, or what is worse.
 */
int summary_print(int status);

#endif
