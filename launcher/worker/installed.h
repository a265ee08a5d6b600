/*
 * installed.h - which Celery is installed where a worker's comes from.
 */
#ifndef WORKER_INSTALLED_H
#define WORKER_INSTALLED_H

#include "config/layer.h"

/*
 * The version of the Celery that pip has put into the virtual environment of
 * a resolved worker, which virtualenv names, or else the path of its
 * celery_cmd; "" when it has none, or when it cannot be told.  Freed by the
 * caller.  Read from the names of files: status is asked often and starts no
 * program.
 */
char *installed_celery(const struct layer *layer);

#endif
