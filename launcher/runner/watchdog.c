/*
 * watchdog.c - what the worker says of itself (runner/celery_tmux_watch.py),
 * and what is left to somebody outside of it.
 */
#include "runner/watchdog.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
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

/* Where it is kept; the thread's. */
struct keeping {
    char *directory;
    int file;
};

/* Of some texts, each with a NUL behind it, the last one counts. */
static void
keep_take(void *data, const char *bytes, size_t count,
    unsigned long long lost)
{
    struct keeping *keeping = data;
    const char *text = bytes + count - 1;

    (void)lost;
    while (text > bytes && text[-1] != '\0')
        text--;
    health_keep(keeping->directory, text, &keeping->file);
}

static int
keep_rest(void *data)
{
    (void)data;
    return -1;
}

static void
keep_end(void *data)
{
    struct keeping *keeping = data;

    if (keeping->file > 0)
        close(keeping->file);
    free(keeping->directory);
    free(keeping);
}

static const struct outlet_calls keep_calls = {
    keep_take, keep_rest, keep_end
};

/* The disk or server that has the record may hang, and tasks shall go on. */
static void
watchdog_write(struct runner *runner)
{
    struct watchdog *dog = &runner->watchdog;
    char *text = health_text(&dog->health, &runner->run);
    struct problem ignored = {0};

    if (dog->outlet == NULL) {
        struct keeping *keeping = text_allocate(1, sizeof *keeping);

        *keeping = (struct keeping){ text_copy(runner->record.directory), 0 };
        dog->outlet = outlet_start(&keep_calls, keeping, &ignored);
        problem_clear(&ignored);
    }
    if (dog->outlet != NULL)
        outlet_put(dog->outlet, text, strlen(text) + 1);
    else {
        int file = 0;

        health_keep(runner->record.directory, text, &file);
        if (file > 0)
            close(file);
    }
    free(text);
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

    if (dog->outlet != NULL)
        outlet_end(dog->outlet);
    health_remove(&runner->record);
    health_clear(&dog->health);
    *dog = (struct watchdog){0};
}
