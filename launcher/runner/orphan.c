/*
 * orphan.c - a worker whose tmux server has died: nobody can look at it any
 * more, but its tasks know nothing of that.
 */
#include "runner/runner.h"

#include "base/clock.h"
#include "record/runs.h"
#include "system/spawn.h"

/*
 * Milliseconds: a machine that goes down says so to us as well, if later; and
 * how long after a new worker's start_timeout another is asked for.
 */
enum { GOING_DOWN = 1000, AGAIN = 60000 };

static const char accident[] = "the end of its tmux server";

static bool
may_surge(const struct runner *runner)
{
    const struct layer *layer = &runner->worker->layer;

    return layer_is_on(layer, SETTING_SURGE)
        && layer_is_on(layer, SETTING_AUTORESTART) && !runner->run.asked
        && runner->run.state == RUN_RUNNING
        && runs_is_current(&runner->owner, &runner->record);
}

void
runner_lose_server(struct runner *runner)
{
    if (may_surge(runner)) {
        runner->orphaned = true;
        runner->surge_at = clock_now() + GOING_DOWN;
    } else
        runner_replace(runner, accident);
}

int
runner_surge_patience(const struct runner *runner)
{
    return runner->surge_at != 0 ? clock_left(runner->surge_at) : -1;
}

/*
 * What is called here makes a tmux server, with the new worker below it; both
 * are to stay when we sweep.  Should it come to nothing, this run goes on.
 */
void
runner_surge(struct runner *runner)
{
    const struct spawn_setup setup = {
        .silent_input = true, .new_session = true
    };
    struct problem problem = {0};
    struct words words = {0};

    if (runner->surge_at == 0 || clock_left(runner->surge_at) > 0)
        return;
    runner->surge_at = 0;
    if (!may_surge(runner))
        return;
    runner->surge_at = clock_now() + AGAIN + 1000LL * layer_number(
        &runner->worker->layer, SETTING_START_TIMEOUT);
    if (!spawn_self_words(&words, "watchdog", runner->record.directory,
            &problem)
        || !spawn_beside(&words, &setup, &problem))
        runner_replace(runner, accident);
    problem_clear(&problem);
    words_clear(&words);
}
