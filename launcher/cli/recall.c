/*
 * recall.c - the worker of a record, for who reads no configuration.
 */
#include "cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/trust.h"
#include "record/runs.h"

/* The resolved worker, and its user's home, which stands in the record too. */
static bool
recall_text(struct context *context, const struct record *run,
    const char *text, struct problem *problem)
{
    char *home = record_read(run, "home"), *name;
    struct problem found = {0};     /* nobody wrote it by hand */
    struct layer none = {0};
    bool good = home != NULL && *home == '/' && !text_ends(home, "\n");

    if (!good)
        record_complain(run, "home", problem);
    else {
        account_clear(&context->account);
        good = account_read(&context->account, home, problem);
    }
    if (good) {
        name = text_format("%s/worker", run->directory);
        context->node = account_node(&context->account, NULL);
        good = (configuration_read_text(&context->config, name, text, &found)
                || record_complain(run, "worker", problem))
            && workers_resolve(&context->config, &none, &context->node,
                &context->workers, problem);
        free(name);
        problem_clear(&found);
        /* That it stands in its record is not where it is configured. */
        for (size_t i = 0; i < context->workers.count; i++) {
            free(context->workers.worker[i].origin);
            context->workers.worker[i].origin = NULL;
        }
    }
    if (good && context->config.worker_count != 1)
        good = record_complain(run, "worker", problem);
    free(home);
    return good;
}

bool
context_recall(struct context *context, const char *directory,
    struct problem *problem)
{
    struct record run = { .directory = (char *)directory };
    char *text;
    bool good;

    if (!trust_path(directory, problem))
        return false;
    text = record_read(&run, "worker");
    good = text != NULL ? recall_text(context, &run, text, problem)
        : errno == ENOENT ? problem_add(problem, STATUS_UNAVAILABLE, "%s is "
            "not the record of a worker; start the worker again", directory)
        : record_complain(&run, "worker", problem);
    free(text);
    return good;
}

bool
context_recall_current(struct context *context, const char *directory,
    struct problem *problem)
{
    const struct record worker = { .directory = (char *)directory };
    struct record run;
    bool good;

    runs_current(&worker, &run);
    good = context_recall(context, run.directory, problem);
    record_clear(&run);
    return good;
}

bool
context_recall_next(struct context *context, const char *directory,
    struct problem *problem)
{
    const struct record worker = { .directory = (char *)directory };
    struct record run;
    bool good;

    runs_next(&worker, &run);
    good = context_recall(context, run.directory, problem);
    if (good && strcmp(context->workers.worker[0].session,
        record_session(&worker)) != 0)
        good = record_complain(&run, "worker", problem);
    record_clear(&run);
    return good;
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
