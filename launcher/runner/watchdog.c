/*
 * watchdog.c - what the worker says of itself (runner/celery_tmux_watch.py),
 * and what is left to somebody outside of it.
 */
#include "runner/watchdog.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "system/spawn.h"

/*
 * Milliseconds: how long a worker may say nothing that has promised to speak,
 * and a wait that is so late that all of us were stopped; how long QUIT has;
 * how long until a restart that was asked for is asked for again.
 */
enum { SILENCE = 120000, LATE = 5000, AFTER_QUIT = 10000, AGAIN = 60000 };

static bool
watchdog_is(const struct runner *runner, const char *mode)
{
    return strcmp(layer_text(&runner->worker->layer, SETTING_WATCHDOG), mode)
        == 0;
}

static void
watchdog_write(struct runner *runner)
{
    struct watchdog *dog = &runner->watchdog;

    health_keep(&runner->record, &runner->run, &dog->health, &dog->file);
}

/*
 * It was asked to end, no task runs, and MainProcess does not move any more:
 * what its broker holds for it is given back by the broker.
 */
static void
watchdog_end(struct runner *runner)
{
    struct watchdog *dog = &runner->watchdog;

    if (dog->kill_at != 0 || runner->run.state != RUN_DRAINING
        || watchdog_is(runner, "tell"))
        return;
    dog->kill_at = clock_now() + AFTER_QUIT;
    runner_signal_main(runner, SIGQUIT);
}

/* Restarted as by a person, with the record locked: internal/watchdog.c. */
static void
watchdog_restart(struct runner *runner)
{
    struct watchdog *dog = &runner->watchdog;
    struct spawn_setup setup = {
        .silent_input = true, .new_session = true
    };
    struct problem problem = {0};
    struct words words = {0};
    pid_t pid;

    if (runner->run.asked || !watchdog_is(runner, "restart")
        || (dog->restarted != 0 && clock_left(dog->restarted + AGAIN) > 0))
        return;
    dog->restarted = clock_now();
    if (spawn_self_words(&words, "watchdog", runner->record.directory,
            &problem))
        spawn_start(&words, &setup, &pid, &problem);
    problem_print(&problem);
    problem_clear(&problem);
    words_clear(&words);
}

void
watchdog_hear(struct runner *runner, const struct notify_message *message)
{
    struct watchdog *dog = &runner->watchdog;

    if (watchdog_is(runner, "off")
        || !health_take(&dog->health, message->health))
        return;
    dog->silent_at = message->alive ? clock_now() + SILENCE : 0;
    watchdog_write(runner);
    if (dog->health.trouble == TROUBLE_END)
        watchdog_end(runner);
    else if (dog->health.helpless)
        watchdog_restart(runner);
}

int
watchdog_patience(const struct runner *runner)
{
    const struct watchdog *dog = &runner->watchdog;
    long long next = dog->kill_at ? dog->kill_at : dog->silent_at;

    return next ? clock_left(next) : -1;
}

void
watchdog_look(struct runner *runner)
{
    struct watchdog *dog = &runner->watchdog;
    long long now = clock_now();

    if (dog->kill_at != 0 && now >= dog->kill_at) {
        dog->kill_at = now + AFTER_QUIT;
        runner_signal_main(runner, SIGKILL);
    }
    if (dog->silent_at == 0 || now < dog->silent_at)
        return;
    if (now > dog->silent_at + LATE) {
        dog->silent_at = now + SILENCE;
        return;
    }
    dog->silent_at = 0;
    dog->health.trouble = TROUBLE_SILENT;
    dog->health.since = time(NULL) - SILENCE / 1000;
    watchdog_write(runner);
}

void
watchdog_close(struct runner *runner)
{
    struct watchdog *dog = &runner->watchdog;

    if (dog->file > 0)
        close(dog->file);
    health_remove(&runner->record);
    health_clear(&dog->health);
    *dog = (struct watchdog){0};
}
