/*
 * recall.c - the worker of a record, for who reads no configuration.
 */
#include "cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/trust.h"
#include "record/successor.h"

/* The resolved worker, and its user's home, which stands in the record too. */
static bool
recall_text(struct context *context, const struct record *record,
    const char *file, const char *text, struct problem *problem)
{
    char *home = record_read(record, "home"), *name;
    struct layer none = {0};
    bool good = home != NULL && *home == '/' && !text_ends(home, "\n");

    if (!good)
        record_complain(record, "home", problem);
    else {
        account_clear(&context->account);
        good = account_read(&context->account, home, problem);
    }
    if (good) {
        name = text_format("%s/%s", record->directory, file);
        context->node = account_node(&context->account, NULL);
        good = configuration_read_text(&context->config, name, text, problem)
            && workers_resolve(&context->config, &none, &context->node,
                &context->workers, problem);
        free(name);
    }
    if (good && context->config.worker_count != 1)
        good = record_complain(record, file, problem);
    free(home);
    return good;
}

/* With `next` the worker that is to run, else the one that did last. */
static bool
recall_from(struct context *context, const char *directory, bool next,
    struct problem *problem)
{
    struct record record = { .directory = (char *)directory };
    const char *file = "worker";
    char *text;
    bool good;

    if (!trust_path(directory, problem))
        return false;
    text = next ? successor_read(&record, &file) : record_read(&record, file);
    good = text != NULL
        ? recall_text(context, &record, file, text, problem)
        : errno == ENOENT ? problem_add(problem, STATUS_UNAVAILABLE, "%s is "
            "not the record of a worker; start the worker again", directory)
        : record_complain(&record, file, problem);
    free(text);
    if (good && next && strcmp(context->workers.worker[0].session,
        record_session(&record)) != 0)
        good = record_complain(&record, file, problem);
    return good;
}

bool
context_recall(struct context *context, const char *directory,
    struct problem *problem)
{
    return recall_from(context, directory, false, problem);
}

bool
context_recall_next(struct context *context, const char *directory,
    struct problem *problem)
{
    return recall_from(context, directory, true, problem);
}

/*
 * A kill takes the settings out and a start puts them in, both with the lock
 * held: what is missing was seen for sure with that in hand alone.
 */
bool
context_recall_unlocked(struct context *context, const char *directory,
    bool (*recall)(struct context *, const char *, struct problem *),
    struct problem *problem)
{
    struct record record = { .directory = (char *)directory };
    struct problem first = {0}, busy = {0};
    bool good = recall(context, directory, &first);

    if (!good && record_lock(&record, 0, &busy)) {
        context_clear(context);
        good = !record_is_over(&record)
            && recall(context, directory, problem);
        record_unlock(&record);
    } else if (!good && busy.status != STATUS_AGAIN)
        problem_add(problem, first.status, "%s", first.text);
    problem_clear(&busy);
    problem_clear(&first);
    return good;
}
