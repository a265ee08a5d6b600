/*
 * children.c - signals MainProcess, reaps what ends below the runner, and ends
 * what is left there.
 */
#include "runner/runner.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "system/process.h"
#include "system/spawn.h"
#include "system/sweep.h"

/* Milliseconds: how long a sweep may take, and pause. */
enum { SWEEP = 30000, LONGEST = 100 };

enum { MOST_SWEPT = 1000 };

/* MainProcess as far as it is known: it said so, or it is what we started. */
static struct process
main_process(const struct runner *runner)
{
    return runner->run.main.pid ? runner->run.main
        : proc_process(runner->child);
}

/*
 * An own child keeps its pid until it is reaped, so that it can be signalled
 * even when no descriptor is left to look at it.
 */
bool
runner_signal_main(const struct runner *runner, int number)
{
    struct process main = main_process(runner);

    if (!runner->child_ended
        && (main.pid == 0 || main.pid == runner->child))
        return kill(runner->child, number) == 0;
    return process_signal(main, number);
}

bool
runner_reap(struct runner *runner)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == runner->run.main.pid)
            runner->result = spawn_result(status);
        if (pid != runner->child)
            continue;
        runner->child_ended = true;
        /* A wrapper's status counts when MainProcess was not ours to reap. */
        if (pid != runner->run.main.pid)
            runner->result = spawn_result(status);
    }
    return pid == 0;
}

/*
 * KILL every child; false when there are but zombies that stay, or others'
 * processes.  One that has just ended may have left a child of its own to us.
 */
static bool
hit_children(struct runner *runner, const struct process_list *children,
    bool *fresh)
{
    bool hit = false;

    *fresh = false;
    for (size_t i = 0; i < children->count; i++) {
        struct process child = children->process[i];
        bool dead = child.start != 0 && proc_is_dead(child), first;

        if (kill(child.pid, SIGKILL) != 0)
            continue;
        first = runner->swept.count >= MOST_SWEPT
            || process_list_add_once(&runner->swept, child);
        *fresh = *fresh || first;
        hit = hit || first || !dead;
    }
    return hit;
}

/*
 * An orphan becomes our child, so it is enough to end children
 * until none comes any more.  The kernel's own list of them is quick enough
 * for what forks all the time.  What cannot be ended here, or where there is
 * no such list, is left to sweep().
 */
static void
sweep_children(struct runner *runner, long long deadline)
{
    int pause = 1;

    while (runner_reap(runner) && clock_left(deadline) > 0) {
        struct process_list children = {0};
        bool listed = proc_own_children(&children), fresh;
        bool hit = listed && hit_children(runner, &children, &fresh);

        process_list_clear(&children);
        if (!hit)
            return;
        pause = fresh ? 1 : pause < LONGEST ? 2 * pause : LONGEST;
        clock_sleep(pause);
    }
}

void
runner_sweep(struct runner *runner)
{
    struct sweep all = {
        .ancestor = getpid(), .id = runner->run.id,
        .since = runner->run.runner.start
    };
    long long deadline = clock_now() + SWEEP;
    struct process_list *left = &runner->run.left;

    sweep_children(runner, deadline);
    process_list_clear(left);
    sweep(&all, deadline, &runner->swept, left);
    if (runner_reap(runner) && left->count == 0)
        proc_own_children(left);
}
