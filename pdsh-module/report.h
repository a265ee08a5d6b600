/*
 * report.h - how a fan-out went: which nodes failed, and the exit status.
 * Safe in many threads.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>

/* The status that a node's command ended with. */
void report_result(const char *host, int status);
/* A node that was not tried, because others had failed. */
void report_skipped(const char *host);
bool report_has_failures(void);

/* One line to standard error for the failed, folded, one for the skipped. */
void report_print(void);
/* The largest status. */
int report_status(void);

#endif
