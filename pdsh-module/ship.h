/*
 * ship.h - the program brought to nodes that lack it, over their own ssh.
 *
 * With PDSH_CELERY_SHIP in the environment a node is asked for the program by
 * a script (launcher/internal/ship.sh).  Where it is there, one ssh is all, as
 * without; where it is not, a second one brings it on standard input, with the
 * configuration behind it, and runs it.
 */
#ifndef SHIP_H
#define SHIP_H

#include "base/words.h"
#include "plan.h"

struct ship;

/*
 * Where the program is to lie on nodes: below ~/.cache/celery-tmux, or in the
 * directory that is named instead.  NULL in `*place` when nothing is shipped;
 * false, with a sentence, when it is no such thing.
 */
bool ship_place(const char **place);

/*
 * Begin with `ssh`, all words for a node but the command, which is
 * `arguments` behind the program's name.  NULL with errno; else as
 * remote_start() has it, and ship_wait() is to be called.
 */
struct ship *ship_start(const struct words *ssh, const char *arguments,
    const struct plan *plan, const char *host, int *output, int *error);
/* End the ssh that runs; none is begun any more. */
int ship_signal(struct ship *ship, int number);
/* Wait for the end; the exit status, as remote_wait() has it. */
int ship_wait(struct ship *ship);

#endif
