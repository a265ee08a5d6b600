/*
 * tmux.h - the calls of tmux that a worker's session needs.
 *
 * A server is named by its socket's path and a session by its exact name, as
 * `-t =NAME:`: without the = tmux takes any session whose name begins so,
 * and without the colon several commands fail (F3).
 *
 * Rules that come from tmux (3.2 and later): a pane takes its history limit
 * when it is made, so a placeholder holds the session until the limit is set
 * (F2); `new-session` fails for a name that exists, so of many at once one
 * succeeds; a word that ends in ; separates commands; two words or more are
 * executed as they are, without a shell.
 */
#ifndef TMUX_H
#define TMUX_H

#include <stdbool.h>
#include <sys/types.h>

#include "problem.h"
#include "words.h"

struct tmux_session {
    const char *socket;         /* path; see tmux_default_socket() */
    const char *name;
};

/*
 * Where the user's default server listens: in $TMUX_TMPDIR or /tmp.  Being
 * inside some tmux does not count, so that cron and a person find the same
 * server.  Freed by the caller.
 */
char *tmux_default_socket(void);

/* Add the words that make a session running `program` in its only pane. */
void tmux_new_session_words(const struct tmux_session *session,
    const char *history_limit, const struct words *program,
    struct words *words);

/*
 * Make the session.  `*exists` tells that there is one of this name: it was
 * left alone then, and the result is true.
 */
bool tmux_new_session(const struct tmux_session *session,
    const char *history_limit, const struct words *program, bool *exists,
    struct problem *problem);

/* End the session; that there is none is no problem. */
bool tmux_kill_session(const struct tmux_session *session,
    struct problem *problem);

/*
 * Is there a session, and which process is in its pane?  Pid 0: its program
 * has ended and the pane is kept for a look.
 */
bool tmux_look(const struct tmux_session *session, bool *exists, pid_t *pid,
    struct problem *problem);

/* The process of the server at `socket`; 0 when none answers. */
pid_t tmux_server(const char *socket);

/*
 * The last `lines` lines on the session's screen and in its history, wrapped
 * lines joined, blank ones at the end left out.  NULL in `*text` when there
 * is no session.  Freed by the caller.
 */
bool tmux_capture(const struct tmux_session *session, long lines,
    char **text, struct problem *problem);

/*
 * Shorten a screen to its last `lines` lines.  Blank ones at the end do not
 * count, nor does what tmux itself writes there when a pane is dead.
 */
void tmux_keep_last(char *text, long lines);

/*
 * Copy what the session shows to standard output, its last `lines` lines
 * first, until the session ends or a signal comes.  *exists as above.
 */
bool tmux_follow(const struct tmux_session *session, long lines,
    bool *exists, struct problem *problem);

/*
 * Show the session in this terminal, `write` or read-only; inside the same
 * server, switch the client to it.  Comes back only on failure.
 */
bool tmux_attach(const struct tmux_session *session, bool write,
    struct problem *problem);

/*
 * For the program in a pane: keep its server from ending by itself until the
 * descriptor is closed, so that it can be seen to live when it closes the
 * pane.  -1 when that cannot be; a server that is killed is not held.
 */
int tmux_hold(void);

#endif
