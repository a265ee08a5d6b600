/*
 * quick.h - PDSH_CELERY_SSH=quick: ssh without the key exchange that costs
 * more than all the rest of it.
 *
 * From OpenSSH 9.0 to 9.9 that is the default.  What comes next in ssh's own
 * list is used in its place, and what anybody has configured counts before.
 */
#ifndef QUICK_H
#define QUICK_H

#include "base/words.h"

/* Add the words to come before all others of ssh's; none if not wanted. */
void quick_words(struct words *words);
/* Can it be had as it is wanted?  If not, a sentence has been printed. */
bool quick_check(void);

#endif
