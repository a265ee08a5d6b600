/*
 * recall.c - the worker of a record, for who reads no configuration.
 */
#include "cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/trust.h"
#include "record/record.h"

/* What is read of the record: the settled worker and its user's home. */
static bool
recall_file(struct context *context, const struct record *record,
    const char *which, const char *text, struct problem *problem)
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
        name = text_format("%s/%s", record->directory, which);
        context->node = account_node(&context->account, NULL);
        good = configuration_read_text(&context->config, name, text, problem)
            && workers_resolve(&context->config, &none, &context->node,
                &context->workers, problem);
        free(name);
    }
    if (good && context->config.worker_count != 1)
        good = record_complain(record, which, problem);
    free(home);
    return good;
}

bool
context_recall(struct context *context, const char *directory,
    struct problem *problem)
{
    struct record record = { .directory = (char *)directory };
    char *text = NULL;
    bool good = trust_path(directory, problem);

    if (good) {
        text = record_read(&record, "worker");
        good = text != NULL
            ? recall_file(context, &record, "worker", text, problem)
            : errno == ENOENT ? problem_add(problem, STATUS_UNAVAILABLE,
                "%s is no record of a worker; start the worker again",
                directory)
            : record_complain(&record, "worker", problem);
    }
    free(text);
    return good;
}

bool
context_recall_next(struct context *context, const char *directory,
    struct problem *problem)
{
    struct record record = { .directory = (char *)directory };
    const char *which = "next", *slash = strrchr(directory, '/');
    bool good = trust_path(directory, problem);
    /* Read once: whoever takes it up removes it. */
    char *text = good ? record_read(&record, "next") : NULL;

    if (!good)
        return false;
    if (text == NULL && errno != ENOENT)
        return record_complain(&record, "next", problem);
    if (text != NULL)
        good = recall_file(context, &record, "next", text, problem);
    else {
        which = "worker";
        good = context_recall(context, directory, problem);
    }
    free(text);
    if (good && strcmp(context->workers.worker[0].session, slash ? slash + 1
        : directory) != 0)
        good = record_complain(&record, which, problem);
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
