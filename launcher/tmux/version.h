/*
 * version.h - what differs between the versions of tmux that we work
 * with, each difference a row of one table.
 *
 * The words of a row are for the server to choose from, by its own version,
 * in the call that needs them: nobody is asked beforehand, and a client that
 * is newer than its server does no harm.
 */
#ifndef TMUX_VERSION_H
#define TMUX_VERSION_H

#include <stdbool.h>

#include "base/problem.h"
#include "base/words.h"

enum tmux_difference {
    /*
     * A window's pane closes when its program ends with status 0, and stays
     * for a look when it failed.  Within a call that sets other options.
     */
    TMUX_KEEP_FAILED,
    TMUX_DIFFERENCES
};

/*
 * Add the command, without a ; behind it, that does this to `window`, a
 * target as -t takes it, whose name has nothing that means anything to tmux.
 */
void tmux_add_difference(enum tmux_difference difference, const char *window,
    struct words *words);

/*
 * The version that `tmux -V` tells, freed by the caller.  False when there is
 * no tmux, none that works, or one that is too old.
 */
bool tmux_version(char **version, struct problem *problem);

/*
 * Is what `tmux -V` prints of a version too old for us?  "tmux 3.3a", "tmux
 * next-3.4".  One built from its sources says "tmux master", OpenBSD's its
 * system's version: they are new.
 */
bool tmux_is_too_old(const char *version);

#endif
