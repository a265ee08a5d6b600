/*
 * mainprocess.h - which process is Celery's MainProcess, when none says so.
 */
#ifndef SYSTEM_MAINPROCESS_H
#define SYSTEM_MAINPROCESS_H

#include "system/proc.h"

/*
 * The first of the processes whose command line is that of a Celery worker
 * and not a shell's, or the one behind it that was called with the same
 * words; pid 0 when there is none.  Parents stand before their children.
 */
struct process mainprocess_find(const struct process_list *list);

#endif
