/*
 * call.h - how the files of tmux/tmux.h build a call and hear its answer.
 */
#ifndef TMUX_CALL_H
#define TMUX_CALL_H

#include "tmux/tmux.h"

/* The option that marks a session of ours; names of users' own begin so. */
#define TMUX_MARK "@celery-tmux"

/* The words that every call begins with. */
void tmux_begin(const struct tmux_session *session, struct words *words);
/* -t, and the worker's pane where it is known, else the session. */
void tmux_add_target(const struct tmux_session *session,
    struct words *words);

/* Add a word; a ; at its end would end tmux's command there. */
void tmux_add_word(const char *word, struct words *words);

/*
 * tmux makes the directory of its default socket only when it is left to
 * name it; so do we.
 */
bool tmux_make_socket_directory(const char *socket, struct problem *problem);

/*
 * Run `words` behind the gate, and clear them.  `*exists` tells whether there
 * was what they name, `*printed` is what was printed, freed by the caller in
 * any case.
 */
bool tmux_call(const struct tmux_session *session, struct words *words,
    char **printed, bool *exists, struct problem *problem);
/*
 * The problem that `result` and what was printed mean, which may be that this
 * tmux is too old; changes `printed`.
 */
bool tmux_complain(const struct tmux_session *session, char *printed,
    int result, struct problem *problem);
/*
 * Is it what a client says when its server, whose last session has just
 * ended, goes away under its hands?
 */
bool tmux_is_dying(const char *printed);

#endif
