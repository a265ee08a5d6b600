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
 * Then write the file, and end pdsh with `status`, or with what is worse.
 * Threads may come here beside each other, as the one that hears ^C and, with
 * -k, any whose node has failed: the first knows how it was, and the others
 * wait for it, but no longer than some seconds, should its disk or terminal
 * hang.
 */
_Noreturn void summary_leave(int status);

#endif
