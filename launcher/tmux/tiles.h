/*
 * tiles.h - many programs side by side in the windows of a tmux server of
 * their own.
 *
 * The server has no configuration, no prefix and a handful of keys, and what
 * else is typed goes to programs that do not listen.  It ends with its last
 * program, or with its only session.
 */
#ifndef TMUX_TILES_H
#define TMUX_TILES_H

#include "tmux/tmux.h"

struct tmux_tiles {
    const char *socket;         /* a path where nothing is */
    int columns, lines;         /* of the terminal they are for */
    size_t most;                /* in one window */
};

/*
 * Make a tile for each of `names`: `program` with the name as its last word.
 * A window that has no room for one more is followed by another one.
 */
bool tmux_tiles_make(const struct tmux_tiles *tiles,
    const struct words *program, const struct words *names,
    struct problem *problem);

/*
 * Show them in this terminal until they are closed; then there is no server
 * and no socket.  False when it did not end by itself.
 */
bool tmux_tiles_show(const struct tmux_tiles *tiles, struct problem *problem);

/* End all of it, as far as it was made. */
void tmux_tiles_end(const struct tmux_tiles *tiles);

#endif
