/*
 * lock.h - a file that one process at a time holds.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

/*
 * Hold `path`, waiting at most `seconds`.  It is made when there is none, and
 * only its owner may open it: to read a file is enough to lock it.  The owner
 * is ours, or that of the directory, whom root leaves it to.  The descriptor
 * that holds it until it is closed, or until the process ends; -1 with errno,
 * EWOULDBLOCK when somebody else had it all the time, ENOLCK where the file
 * system has no locks, EEXIST when something else lies there: a link, a pipe,
 * a file of somebody else's.
 */
int lock_take(const char *path, long seconds);

#endif
