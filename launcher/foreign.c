/*
 * foreign.c - ends a session that has no record.  Without a runner there is
 * no subreaper, so what hangs below the pane is noted down before the first
 * signal loses it its parents.
 */
#include "foreign.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ending.h"
#include "guess.h"
#include "process.h"
#include "sweep.h"
#include "text.h"

enum { AFTER_QUIT = 1500, AFTER_KILL = 3000 };

static struct process
find_main(const struct tree *tree)
{
    struct process found = guess_main(tree);

    return found.pid ? found : tree->process[0];
}

static bool
end_all(struct job *job, const struct tree *tree)
{
    struct sweep all = { .known = tree };

    job->blind = sweep(&all, clock_now() + AFTER_KILL, NULL, &job->left)
        ? 0 : errno;
    return ending_is_clean(job, STATUS_INTERNAL);
}

/* The pane's program with all that belongs to it. */
static bool
find_all(struct job *job, pid_t pane, struct tree *tree)
{
    struct process first;

    if (tree_look(pane, &first) != LIFE_UNKNOWN) {
        tree_add(tree, first);
        if (tree_descendants(pane, tree) && tree_of_worker(first, tree))
            return true;
    }
    job->unknown = errno;
    return job_is_known(job);
}

/* With the lock held, so that no start makes a session meanwhile. */
static bool
end_session(struct job *job, bool now, bool *found)
{
    long seconds = layer_number(&job->worker->layer, SETTING_STOP_TIMEOUT);
    struct tmux_session session = job_session(job);
    struct tree tree = {0};
    struct process main;
    bool exists, clean;
    pid_t pane;

    if (!tmux_look(&session, &exists, &pane, &job->problem))
        return false;
    if (!exists)
        return true;
    if (pane == 0)
        return tmux_kill_session(&session, &job->problem);
    *found = true;
    if (!find_all(job, pane, &tree)) {
        tree_clear(&tree);
        return false;
    }
    main = find_main(&tree);
    if (!now && process_signal(main, SIGTERM))
        process_wait(main, clock_now() + seconds * 1000);
    if (!now && process_signal(main, SIGQUIT))
        process_wait(main, clock_now() + AFTER_QUIT);
    clean = end_all(job, &tree);
    tree_clear(&tree);
    return tmux_kill_session(&session, &job->problem) && clean;
}

bool
foreign_end(struct job *job, bool now, bool *found)
{
    struct tmux_session session = job_session(job);
    bool exists, good;
    pid_t pane;

    *found = false;
    if (!tmux_look(&session, &exists, &pane, &job->problem))
        return false;
    if (!exists)
        return true;
    if (!job_lock(job))
        return false;
    /* A run that is alive now was begun after we were asked. */
    good = job->alive || end_session(job, now, found);
    job_unlock(job);
    return good;
}
