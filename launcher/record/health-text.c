/*
 * health-text.c - how a worker does, in words.
 */
#include "record/health.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"

static char *
span_since(long long since)
{
    long long now = time(NULL);

    return clock_span(now > since ? now - since : 0);
}

char *
health_describe(const struct health *health)
{
    char *span = span_since(health->since), *text = NULL;

    switch (health->trouble) {
    case TROUBLE_NONE:
        break;
    case TROUBLE_IDLE:
        text = text_format("idle beside %lld message%s for %s",
            health->waiting, health->waiting == 1 ? "" : "s", span);
        break;
    case TROUBLE_LOOP:
        text = text_format("its event loop has not moved for %s", span);
        break;
    case TROUBLE_AWAY:
        text = text_format("it has not connected again for %s, though its "
            "broker answers", span);
        break;
    case TROUBLE_MUTE:
        text = text_format("its connection to the broker has not answered for "
            "%s, though the broker does", span);
        break;
    case TROUBLE_END:
        text = text_format("it is to end and runs no task, but has not moved "
            "for %s", span);
        break;
    case TROUBLE_SILENT:
        text = text_format("it has not reported for %s", span);
        break;
    case TROUBLE_BROKER:
        text = text_format("its broker has not answered for %s", span);
        break;
    case TROUBLE_BLIND:
        text = text_copy("it cannot watch over itself");
    }
    free(span);
    return text;
}

char *
health_describe_work(const struct health *health)
{
    char *text, *span;

    if (!health->known || health->pool <= 0)
        return NULL;
    text = text_format("%lld of %lld busy; %lld task%s done, %lld failed",
        health->busy, health->pool, health->done,
        health->done == 1 ? "" : "s", health->failed);
    if (health->waiting >= 0)
        text_append(&text, "; %lld message%s waiting", health->waiting,
            health->waiting == 1 ? "" : "s");
    if (health->last > 0) {
        span = span_since(health->last);
        text_append(&text, "; the last task came %s ago", span);
        free(span);
    }
    if (health->healed > 0)
        text_append(&text, "; healed %lld time%s", health->healed,
            health->healed == 1 ? "" : "s");
    return text;
}

char *
health_describe_tasks(const struct health *health)
{
    long long more = health->busy - (long long)health->tasks.count;
    char *text = text_copy("");

    for (size_t i = 0; i < health->tasks.count; i++) {
        char *name, *span;
        long long began = strtoll(health->tasks.word[i], &name, 10);

        span = span_since(began);
        name += strspn(name, " ");
        text_append(&text, "%s%s", i > 0 ? ", " : "", name);
        if (began > 0)
            text_append(&text, " for %s", span);
        free(span);
    }
    if (health->tasks.count > 0 && more > 0)
        text_append(&text, " and %lld more", more);
    return text;
}
