/*
 * sums.h - what rows count, added up.
 */
#ifndef TOP_SUMS_H
#define TOP_SUMS_H

#include "top/view.h"

/*
 * Rows of nodes that say nothing add nothing.  Of messages that wait in one
 * queue every worker of it tells, so they are counted once a queue.
 */
void sums_find(struct sums *sums, struct row *const *row, size_t count,
    long long now, long long wall);

#endif
