/*
 * readiness.c - hears from Celery itself, through our module (F4), and
 * makes do without where that cannot be loaded.
 */
#include "runner/readiness.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "runner/watchdog.h"
#include "system/mainprocess.h"

/*
 * Milliseconds: how long Celery may be silent before its pool is looked at,
 * and how long the pool must be up then; messages that are taken at once.
 */
enum { SILENCE = 10000, POOL_UP = 5000, TURN = 1024 };

void
readiness_hear(struct runner *runner)
{
    struct notify_message message;
    struct process main;

    for (int i = 0; i < TURN && notify_hear(&runner->notify,
        runner->run.main, &message); i++) {
        if (runner->executed == 0) {
            runner->executed = clock_now();
            free(runner->run.phase);
            runner->run.phase = text_copy("celery");
            runner_change(runner, runner->run.state);
        }
        if (message.main && proc_is_dead(runner->run.main)
            && proc_look(message.sender, &main) == LIFE_ALIVE) {
            runner->run.main = main;
            runner_change(runner, runner->run.state);
        }
        if (message.sender != runner->run.main.pid)
            continue;
        if (message.ready && runner->run.state == RUN_STARTING) {
            runner->run.soft = message.soft;
            runner_is_ready(runner);
        }
        if (message.shutdown)
            runner_shut_down(runner);
        if (message.stopping && runner->run.state == RUN_RUNNING)
            runner_change(runner, RUN_DRAINING);
        watchdog_hear(runner, &message);
    }
}

/* The process that most probably is Celery: our child, or one below it. */
static struct process
likely_main(const struct runner *runner)
{
    struct process_list list = {0};
    struct process main;

    process_list_add(&list, proc_process(runner->child));
    proc_descendants(runner->child, &list);
    main = mainprocess_find(&list);
    if (main.pid == 0)
        main = list.process[0];
    process_list_clear(&list);
    return main;
}

void
readiness_take_for_main(struct runner *runner)
{
    if (runner->run.main.pid == 0 && runner->executed != 0)
        runner->run.main = likely_main(runner);
}

void
readiness_assume(struct runner *runner)
{
    const char *pool = layer_text(&runner->worker->layer, SETTING_POOL);
    struct process_list list = {0};
    long long now = clock_now();
    struct process main;

    if (runner->run.main.pid != 0 || runner->run.state != RUN_STARTING
        || runner->executed == 0 || now - runner->executed < SILENCE)
        return;
    main = likely_main(runner);
    proc_descendants(main.pid, &list);
    if (list.count == 0 && (pool == NULL || strcmp(pool, "prefork") == 0))
        runner->pool_seen = 0;
    else if (runner->pool_seen == 0)
        runner->pool_seen = now;
    else if (now - runner->pool_seen >= POOL_UP) {
        runner->run.main = main;
        runner->run.assumed = true;
        runner_is_ready(runner);
    }
    process_list_clear(&list);
}
