/*
 * pty.h - the worker's own terminal, copied to the pane.
 *
 * A terminal that hangs up makes Celery deaf to every signal (F7), one whose
 * output is stopped or full makes it wait.  So the worker writes to a
 * terminal that nobody but the runner reads, and the runner copies it to the
 * pane as fast as the pane takes it.  What the pane does not take in a moment
 * is dropped, counted, and said; a pane that is gone takes nothing.
 *
 * The worker's processes hold the terminal's other end open as well, so that
 * it does not hang up even when the runner is killed, and another guard can
 * be given it (system/pty-guard.h).
 */
#ifndef SYSTEM_PTY_H
#define SYSTEM_PTY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct pty {
    int master;                 /* read by the runner, non-blocking */
    int terminal;               /* for the worker's output */
    int held;                   /* for the worker to inherit, unused */
    int pane;                   /* our own terminal, or -1 when it is gone */
    char *waiting;              /* what the pane has not taken yet */
    size_t from, size;          /* of it, in a ring */
    long long full_since;       /* base/clock.h; 0: the ring has room */
    bool stalled;               /* the pane took nothing since a drop */
    unsigned long long dropped; /* bytes, in all */
    unsigned long long unsaid;  /* bytes dropped and not told yet */
    char *last;                 /* the last bytes of all, in a ring */
    unsigned long long total;   /* bytes ever printed */
    /* Gets all that the worker prints, and must not wait; or NULL. */
    void (*tap)(void *data, const char *bytes, size_t count);
    void *tapped_by;            /* its data */
};

/*
 * Make the terminal, as large as the pane on standard output, and take the
 * pane's flow control and echo away.  Without a pane there is nothing to
 * copy to, which is no problem.
 */
bool pty_open(struct pty *pty, struct problem *problem);

/* The worker runs and holds its end: let go of ours. */
void pty_hand_over(struct pty *pty);

/* The events to wait for with poll(2): POLLIN of master, POLLOUT of pane. */
bool pty_wants_input(const struct pty *pty);
bool pty_wants_output(const struct pty *pty);
/* Milliseconds until something must be done without any event; -1: never. */
int pty_patience(const struct pty *pty);

/* Read what the worker printed, write what the pane takes; never waits. */
void pty_copy(struct pty *pty);
/* Say something of our own in the pane; false when it does not take it. */
bool pty_say(struct pty *pty, const char *text);
/* Throw away what was typed into the pane. */
void pty_ignore_input(struct pty *pty);
/* The pane has another size, or no pane is left: look. */
void pty_resize(struct pty *pty);
void pty_pane_is_gone(struct pty *pty);

/* Copy the rest, giving the pane a moment to take it. */
void pty_finish(struct pty *pty);

/*
 * The last `lines` lines that the worker printed, made plain (base/plain.h);
 * freed by the caller.
 */
char *pty_last(const struct pty *pty, unsigned lines);

void pty_close(struct pty *pty);

#endif
