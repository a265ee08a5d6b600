/*
 * sweep.h - end every process of a worker that is left.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "tree.h"

/*
 * KILL all descendants of `ancestor` (pid 0: of nobody) and every process
 * that carries the run's cookie `id` (NULL: none), except `spared` and
 * ourselves, again and again until two scans in a row find none or
 * `deadline` (clock.h) has come.  Every process that was hit is added to
 * `hits`, once.  True when nothing is left; otherwise `left` has what is.
 * Zombies do not count; whoever is their parent reaps them.
 */
bool sweep(pid_t ancestor, const char *id, pid_t spared, long long deadline,
    struct tree *hits, struct tree *left);

#endif
