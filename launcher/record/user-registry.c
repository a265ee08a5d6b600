/*
 * user-registry.c - STATE/HOST/.users/USER/SESSION, each as a record that has
 * nothing but the worker.
 */
#include "record/user-registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/record.h"

static void
name(struct record *record, const char *state, const char *user,
    const char *session)
{
    char *below = text_format(".users/%s/%s", user, session);

    record_name(record, state, below);
    free(below);
}

bool
user_registry_note(const char *state, const char *user,
    const struct workers *workers, struct problem *problem)
{
    bool good = true;

    for (size_t i = 0; good && i < workers->count; i++) {
        const struct worker *worker = &workers->worker[i];
        char *text = worker_to_text(worker);
        struct record record;

        name(&record, state, user, worker->session);
        good = record_make(&record, problem)
            && record_write(&record, "worker", text, problem)
            && record_write(&record, "origin", worker->origin, problem);
        record_clear(&record);
        free(text);
    }
    return good;
}

void
user_registry_forget(const char *state, const char *user,
    const struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++) {
        struct record record;

        name(&record, state, user, workers->worker[i].session);
        record_remove(&record, "worker");
        record_clear(&record);
    }
}

void
wards_keep(const char *state, const char *user, const char *origin,
    const struct workers *workers)
{
    char *below = text_format(".users/%s", user);
    struct problem ignored = {0};
    struct words sessions = {0};

    record_list(state, below, &sessions, &ignored);
    problem_clear(&ignored);
    for (size_t i = 0; i < sessions.count; i++) {
        struct record record;
        char *known;

        name(&record, state, user, sessions.word[i]);
        known = record_read(&record, "origin");
        if (known != NULL && strcmp(known, origin) == 0
            && !workers_have_session(workers, sessions.word[i]))
            record_remove(&record, "worker");
        free(known);
        record_clear(&record);
    }
    words_clear(&sessions);
    free(below);
}

void
user_registry_users(const char *state, struct words *users)
{
    struct problem ignored = {0};

    /* The directory around it was listed before, or the caller has said so. */
    record_list(state, ".users", users, &ignored);
    problem_clear(&ignored);
}

bool
user_registry_read(const char *state, const struct account *account,
    struct workers *workers, struct problem *problem)
{
    char *below = text_format(".users/%s", account->user);
    struct node node = account_node(account, NULL);
    struct words sessions = {0};
    struct layer none = {0};
    bool good = record_list(state, below, &sessions, problem);

    for (size_t i = 0; good && i < sessions.count; i++) {
        struct configuration config = {0};
        struct record record;
        char *text = NULL;
        bool exists;

        name(&record, state, account->user, sessions.word[i]);
        good = record_exists(&record, &exists, problem);
        if (good && exists)
            text = record_read(&record, "worker");
        if (text != NULL)
            good = configuration_read_text(&config, record.directory, text,
                problem) && workers_resolve(&config, &none, &node, workers,
                problem);
        configuration_clear(&config);
        record_clear(&record);
        free(text);
    }
    words_clear(&sessions);
    free(below);
    return good;
}
