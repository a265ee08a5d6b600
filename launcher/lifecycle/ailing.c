/*
 * ailing.c - tend's lines about workers that are stuck.
 */
#include "lifecycle/ailing.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/plain.h"
#include "record/health.h"

/* Of a record's one worker; once for all who ask at the same time. */
static void
tell_of(const struct context *context, const struct record *record,
    const struct health *health, const struct workers *one)
{
    const struct worker *worker = &one->worker[0];
    bool stuck = health_is_stuck(health);
    char *why;

    if (!context_means(context, one, worker) || (!context->options.dry_run
            && !health_note(record, stuck)))
        return;
    why = health_describe(health);
    if (stuck)
        fprintf(plain_out, "%s: stuck (%s)\n", worker->name, why);
    else
        fprintf(plain_out, "%s: takes tasks again\n", worker->name);
    free(why);
}

void
ailing_tell(const struct context *context, const struct record *record,
    const struct record *at, const struct run *run)
{
    struct health health;

    health_read(at, run, &health);
    if (health.known && run->state == RUN_RUNNING
        && health_is_stuck(&health) != health_is_noted(record)) {
        struct context other = {0};
        struct problem ignored = {0};

        if (context_recall_unlocked(&other, record->directory,
                context_recall_current, &ignored) && other.workers.count == 1)
            tell_of(context, record, &health, &other.workers);
        context_clear(&other);
        problem_clear(&ignored);
    }
    health_clear(&health);
}
