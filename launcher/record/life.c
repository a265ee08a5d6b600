/*
 * life.c - tells whether a run is alive, by its boot and its processes.
 */
#include "record/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As far as the boot tells: of another one nothing is alive. */
static enum life
boot_life(const struct run *run)
{
    char *boot = proc_boot();
    enum life life = boot == NULL ? LIFE_UNKNOWN
        : strcmp(boot, run->boot) == 0 ? LIFE_ALIVE : LIFE_DEAD;

    free(boot);
    return life;
}

bool
run_is_of_this_boot(const struct run *run)
{
    return boot_life(run) == LIFE_ALIVE;
}

/*
 * As far as its pid namespace tells: in another one its pids are those of
 * other processes, and a /proc that does not show them does not say that they
 * are gone.  A container that was started again has another one as well, so
 * of one in which nothing is left, or that cannot be seen, all are dead.
 */
static enum life
namespace_life(const struct run *run)
{
    unsigned long long here = proc_namespace();

    return run->namespace == here || run->namespace == 0 || here == 0
        ? LIFE_ALIVE : proc_namespace_life(run->namespace);
}

enum life
run_look(const struct run *run, bool *lost)
{
    enum life life, runner, main, boot;
    int error, strange;

    *lost = false;
    errno = run->unread;
    if (run->unread != 0)
        return LIFE_UNKNOWN;
    if (run->state == RUN_NONE || run->state == RUN_PLANNED
        || run->state == RUN_ENDED)
        return LIFE_DEAD;
    boot = boot_life(run);
    strange = errno;
    if (boot == LIFE_DEAD)
        return LIFE_DEAD;
    if ((life = namespace_life(run)) != LIFE_ALIVE)
        return life;
    life = runner = proc_life(run->runner);
    error = errno;
    if (life != LIFE_ALIVE && (main = proc_life(run->main)) != LIFE_DEAD) {
        life = main;
        error = errno;
    }
    errno = boot == LIFE_UNKNOWN ? strange : error;
    life = life == LIFE_ALIVE ? boot : life;
    *lost = life == LIFE_ALIVE && runner == LIFE_DEAD && run->runner.pid != 0;
    return life;
}

enum life
run_life(const struct run *run)
{
    bool lost;

    return run_look(run, &lost);
}

bool
run_is_alive(const struct run *run)
{
    return run_life(run) == LIFE_ALIVE;
}

bool
run_lost_runner(const struct run *run)
{
    bool lost;

    run_look(run, &lost);
    return lost;
}

/*
 * Without a runner it was written down before TERM was sent, so that a call
 * which was killed in between has told nobody.  A second TERM does no harm
 * with our module, and cuts tasks off without it (F1).
 */
bool
run_was_told(const struct run *run)
{
    return run->state == RUN_DRAINING
        && (run->asked || run->assumed || !run_lost_runner(run));
}

bool
run_is_before_boot(const struct run *run)
{
    return *run->id && (run->rebooted || boot_life(run) == LIFE_DEAD);
}

bool
run_has_server(const struct run *run)
{
    return proc_is_alive(run->server) && run_is_of_this_boot(run)
        && namespace_life(run) == LIFE_ALIVE;
}

bool
run_is_since(const struct run *run, long long moment)
{
    return run->state != RUN_NONE && run->begun >= moment
        && run_is_of_this_boot(run);
}
