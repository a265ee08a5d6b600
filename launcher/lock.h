/*
 * lock.h - a file that one process at a time holds.
 */
#ifndef LOCK_H
#define LOCK_H

#include <sys/types.h>

/*
 * Hold `path`, which is made with `mode` when there is none, waiting at most
 * `seconds`.  The descriptor that holds it until it is closed, or until the
 * process ends; -1 with errno, EWOULDBLOCK when somebody else had it all the
 * time, ENOLCK where the file system has no locks.
 */
int lock_take(const char *path, mode_t mode, long seconds);

#endif
