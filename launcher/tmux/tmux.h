/*
 * tmux.h - the calls of tmux that a worker's session needs.
 *
 * A server is named by its socket's path and a session by its exact name, as
 * `-t =NAME:`: without the = tmux takes any session whose name begins so,
 * and without the colon several commands fail (F3).  A worker's own pane is
 * addressed as `%N`, whatever happens to the names and places of its window
 * and session (F21).
 *
 * With -S tmux does not look whose the socket is (F16), and whoever answers
 * there can have the client write any file.  So every call passes the gate,
 * tmux_gate(), first; what it refuses is a problem with STATUS_PERMISSION.
 *
 * Rules that come from tmux, 2.7 to 3.8 (what differs between them stands in
 * tmux/version.h): a pane takes its history limit
 * when it is made, so a placeholder holds the session until the limit is set
 * (F2); `new-session` fails for a name that exists, so of many at once one
 * succeeds; a word that ends in ; separates commands; two words or more are
 * executed as they are, without a shell.
 */
#ifndef TMUX_TMUX_H
#define TMUX_TMUX_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/problem.h"
#include "base/words.h"
#include "system/proc.h"

struct tmux_session {
    const char *socket;         /* path; see tmux_default_socket() */
    const char *name;
    const char *pane;           /* "%N", of the worker; NULL: not known */
    pid_t server;               /* whose pane it is; 0: whoever answers */
};

/* One pane of a session. */
struct tmux_pane {
    char id[16];                /* "%N" */
    pid_t pid;                  /* its program; 0: ended, and not known */
    bool dead;                  /* it has ended; the pane is kept for a look */
};

/* The panes of a session; all zeroes: there is no such session. */
struct tmux_view {
    struct tmux_pane *pane;
    size_t count;
    char *mark;                 /* as tmux_new_session() was given it */
};

/*
 * Where the user's default server listens: in $TMUX_TMPDIR or /tmp.  Being
 * inside some tmux does not count, so that cron and a person find the same
 * server.  Freed by the caller.
 */
char *tmux_default_socket(void);

/*
 * May tmux be called with this socket?  Its directory can be changed by
 * nobody but the caller and root, so what is seen there stays so until the
 * client connects, and the socket is the caller's.  `*exists` tells whether
 * there is one at all.  False, with STATUS_UNAVAILABLE, as well when this
 * process may have too few descriptors for tmux.
 */
bool tmux_gate(const char *socket, bool *exists, struct problem *problem);

/* The ingredients of a worker's session. */
struct tmux_making {
    const char *history_limit;
    const char *mark;           /* tells it from sessions of others */
    const struct words *program;
};

/* Add the words that make a session running the program in its only pane. */
void tmux_new_session_words(const struct tmux_session *session,
    const struct tmux_making *making, struct words *words);

/*
 * Make the session.  `*exists` tells that there is one of this name: it was
 * left alone then, and the result is true.
 */
bool tmux_new_session(const struct tmux_session *session,
    const struct tmux_making *making, bool *exists, struct problem *problem);

/*
 * Run the program in a new window of the session that exists, behind what is
 * on the screen.  `*exists` tells whether it still did.
 */
bool tmux_new_window(const struct tmux_session *session,
    const struct tmux_making *making, bool *exists, struct problem *problem);

/*
 * Give the session another name.  `*taken` tells that there is one of that
 * name: it was left alone then, and the result is true.  That the session is
 * gone is no problem.
 */
bool tmux_rename_session(const struct tmux_session *session, const char *name,
    bool *taken, struct problem *problem);

/* End the session, or one pane; that there is none is no problem. */
bool tmux_kill_session(const struct tmux_session *session,
    struct problem *problem);
bool tmux_kill_pane(const struct tmux_session *session,
    struct problem *problem);

/*
 * The panes of the session of this name, or the one pane that is known.
 * The view is cleared by the caller.
 */
bool tmux_look(const struct tmux_session *session, struct tmux_view *view,
    struct problem *problem);
void tmux_view_clear(struct tmux_view *view);

/* The process of the server at `socket`; 0 when none answers. */
pid_t tmux_server(const char *socket);

/*
 * The last `lines` lines on the pane's screen and in its history, wrapped
 * lines joined, blank ones at the end left out.  NULL in `*text` when there
 * is no session.  Freed by the caller.
 */
bool tmux_capture(const struct tmux_session *session, long lines,
    char **text, struct problem *problem);

/*
 * The last `lines` lines of a screen without the blanks at their ends, freed
 * by the caller.  Blank ones at the end do not count, nor does what tmux
 * itself writes there when a pane is dead.
 */
char *tmux_last_lines(const char *text, long lines);

/*
 * A line that is no output of the pane, for a reader that has to know whether
 * the way from here to there is still open: a letter that nobody sees.
 */
#define TMUX_BEAT "\u2060\n"

/*
 * Copy what the pane shows to standard output, its last `lines` lines first,
 * until it is gone, nobody reads any more or a signal comes.  With `beats` a
 * line of its own comes first, and every few seconds that nothing else does.
 * *exists as above.
 */
bool tmux_follow(const struct tmux_session *session, long lines, bool beats,
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
int tmux_keepalive(void);

/*
 * For the program in a pane: the pane's id, freed by the caller, and its
 * server.  "" and pid 0 when it is in none.
 */
void tmux_place(char **pane, struct process *server);

#endif
