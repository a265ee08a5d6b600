/*
 * app.h - a worker without an app.
 */
#ifndef LIFECYCLE_APP_H
#define LIFECYCLE_APP_H

#include "lifecycle/job.h"

/*
 * Say on standard error, at once, that a worker which was just begun runs
 * without anybody's tasks, where that is sure.
 */
void app_remark(const struct job *job);

#endif
