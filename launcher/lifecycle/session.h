/*
 * session.h - whose is the session of a worker's name, and how does
 * a runner get its pane in it?
 *
 * A session that this program made bears a mark, the directory of the
 * worker's record, for as long as its tmux server lives.  A person may open
 * windows in it, split ours, rename or move it: what is ended is the runner's
 * pane alone, and the next runner comes into a window beside theirs.  One
 * without the mark belongs to somebody else, and is left alone.
 */
#ifndef LIFECYCLE_SESSION_H
#define LIFECYCLE_SESSION_H

#include "lifecycle/job.h"

enum session_use {
    SESSION_NONE,               /* there is none of that name */
    SESSION_LEFT,               /* only what runs of ours left on the screen */
    SESSION_IDLE,               /* a shell that came with a boot, where the
                                   worker ran before: tmux-resurrect made it */
    SESSION_SHARED,             /* ours, and somebody is in it */
    SESSION_AWAITED,            /* a start has just made it, and its runner
                                   is about to enter itself */
    SESSION_UNMANAGED,
};

/*
 * Look at the session of the worker's name, when `before` is its last run.
 * The view is cleared by the caller.
 */
bool session_look(struct job *job, const struct run *before,
    struct tmux_view *view, enum session_use *use);

/*
 * Run `program` in a pane of the worker's session, made or shared.
 * `*unmanaged` tells that it cannot be: somebody else has a session of that
 * name.
 */
bool session_enter(struct job *job, const struct run *before,
    const struct words *program, bool *unmanaged);

/*
 * Could a run that is begun now enter?  False, with a sentence, when somebody
 * else has a session of the worker's name, or when nobody can tell; to be
 * asked before the run that was read last is ended for the next.
 */
bool session_check(struct job *job);

/*
 * Is it a process of ours that launch_runner_words() names, for the record in
 * `directory`, a worker's or a run's?
 */
bool session_is_runner(const char *directory, pid_t pid);

/*
 * Before a run is begun beside the current one, which the job is about: give
 * the session of that another name.  False with a problem.
 */
bool session_make_way(struct job *job);
/* Was that done, and not taken back, for the run whose record it is? */
bool session_made_way(const struct record *run);
/*
 * The ordinary name for the session of a run that goes on, as far as that is
 * free again.
 */
void session_restore_name(struct job *job);

/* End the session if it has only what runs of ours left on the screen. */
void session_clear_left(struct job *job);

/*
 * End the pane of the run that was read last, in case tmux has not, and with
 * it the session, unless somebody else is in it.
 */
bool session_close(struct job *job);

#endif
