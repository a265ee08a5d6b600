/*
 * backlog.h - what waits for standard output.
 *
 * Whoever reads that may pause, and tmux stops reading a pane, for everybody,
 * when all clients that it has take nothing.  So a thread of its own waits
 * for the reader, and a client's words are always listened to.  When too many
 * wait already they are thrown away, since the last ones are worth more, and
 * a line says how many they were.
 */
#ifndef TMUX_BACKLOG_H
#define TMUX_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct backlog;

/* NULL, with a sentence, when there can be no thread. */
struct backlog *backlog_start(struct problem *problem);
/*
 * Never waits.  What was `asked` for, as the lines from before are, is not
 * thrown away, however much it is.
 */
void backlog_put(struct backlog *backlog, const char *bytes, size_t count,
    bool asked);
/* A line that tmux escaped: \ooo is a byte, as is everything else. */
void backlog_put_escaped(struct backlog *backlog, const char *text);
/* Wait until all is written, or nobody is there to read it. */
void backlog_end(struct backlog *backlog);

#endif
