/*
 * unmanaged.c - ends a session that has no record.  Without a runner there is
 * no subreaper, so what hangs below the pane is noted down before the first
 * signal loses it its parents.
 */
#include "lifecycle/unmanaged.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "lifecycle/session.h"
#include "lifecycle/stop.h"
#include "lifecycle/strays.h"
#include "system/mainprocess.h"
#include "system/sweep.h"

enum { AFTER_KILL = 3000 };

static struct process
find_main(const struct process_list *list)
{
    struct process found = mainprocess_find(list);

    return found.pid ? found : list->process[0];
}

static bool
unmanaged_end_all(struct job *job, const struct process_list *list)
{
    struct sweep all = { .known = list };

    job->blind = sweep(&all, clock_now() + AFTER_KILL, NULL, &job->left)
        ? 0 : errno;
    return strays_check_none(job, STATUS_INTERNAL);
}

/*
 * The panes' programs with all that belongs to them.  A server's word alone
 * is not enough to end a process.
 */
static bool
find_all(struct job *job, const struct tmux_view *view,
    struct process_list *list)
{
    for (size_t i = 0; i < view->count; i++) {
        struct process first;
        enum life life = proc_look(view->pane[i].pid, &first);

        if (view->pane[i].dead || life == LIFE_DEAD)
            continue;
        if (life == LIFE_ALIVE && !proc_is_own(first.pid))
            return problem_add(&job->problem, STATUS_PERMISSION, "%s: process "
                "%d in session %s belongs to another user; set session to "
                "another name", job->worker->name,
                (int)first.pid, job->worker->session);
        process_list_add(list, first);
        if (life == LIFE_UNKNOWN || !proc_descendants(first.pid, list)
            || !proc_of_worker(first, list)) {
            job->unknown = errno;
            return job_check_known(job);
        }
    }
    return true;
}

/* With the lock held, so that no start makes a session meanwhile. */
static bool
end_session(struct job *job, const struct tmux_view *view, bool now,
    bool *found)
{
    long seconds = layer_number(&job->worker->layer, SETTING_STOP_TIMEOUT);
    struct tmux_session session = {
        job->socket, job->worker->session, NULL, 0
    };
    struct process_list list = {0};
    bool clean;

    if (!find_all(job, view, &list)) {
        process_list_clear(&list);
        return false;
    }
    if (list.count == 0)
        return tmux_kill_session(&session, &job->problem);
    *found = true;
    if (!now)
        stop_main(find_main(&list), seconds * 1000, 0);
    clean = unmanaged_end_all(job, &list);
    process_list_clear(&list);
    return tmux_kill_session(&session, &job->problem) && clean;
}

bool
unmanaged_end(struct job *job, bool now, bool *found)
{
    struct tmux_view view;
    enum session_use use;
    bool good;

    *found = false;
    good = session_look(job, &job->run, &view, &use);
    tmux_view_clear(&view);
    if (!good || use == SESSION_NONE)
        return good;
    if (!job_lock(job))
        return false;
    good = session_look(job, &job->run, &view, &use);
    /* A run that is alive now was begun after we were asked. */
    if (good && !job->alive && use == SESSION_SHARED)
        good = session_close(job);
    else if (good && !job->alive && use != SESSION_NONE)
        good = end_session(job, &view, now, found);
    tmux_view_clear(&view);
    job_unlock(job);
    return good;
}
