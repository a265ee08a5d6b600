/*
 * workers.c - lists of workers.
 */
#include "worker/worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void
worker_clear(struct worker *worker)
{
    free(worker->name);
    free(worker->session);
    free(worker->queue);
    free(worker->origin);
    layer_clear(&worker->layer);
    *worker = (struct worker){0};
}

bool
workers_have_name(const struct workers *workers, const char *name)
{
    for (size_t i = 0; i < workers->count; i++)
        if (strcmp(workers->worker[i].name, name) == 0)
            return true;
    return false;
}

bool
workers_have_session(const struct workers *workers, const char *session)
{
    for (size_t i = 0; i < workers->count; i++)
        if (strcmp(workers->worker[i].session, session) == 0)
            return true;
    return false;
}

void
workers_clear(struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++)
        worker_clear(&workers->worker[i]);
    free(workers->worker);
    *workers = (struct workers){0};
}

void
workers_add(struct workers *workers, struct worker *worker)
{
    /* Room doubles, as that of words does. */
    if ((workers->count & (workers->count + 1)) == 0)
        workers->worker = text_reallocate(workers->worker,
            2 * workers->count + 1, sizeof *workers->worker);
    workers->worker[workers->count++] = *worker;
    *worker = (struct worker){0};
}

void
workers_take(struct workers *all, const bool *wanted, struct workers *chosen)
{
    for (size_t i = 0; i < all->count; i++)
        if (wanted[i])
            workers_add(chosen, &all->worker[i]);
    workers_clear(all);
}
