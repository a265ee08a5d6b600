/*
 * user-registry.c - STATE/HOST/.users/USER/SESSION, each as a record that has
 * nothing but the worker.
 *
 * `origin` comes last and goes first: where it stands alone the worker was
 * lost, where nothing stands it was forgotten.
 */
#include "record/user-registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/backoff.h"
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
            && record_keep(&record, "worker", text, problem)
            && record_keep(&record, "origin", worker->origin, problem);
        record_remove(&record, "tended");
        record_sync(&record);
        record_clear(&record);
        free(text);
    }
    return good;
}

static void
forget(const struct record *record)
{
    record_remove(record, "tended");
    record_remove(record, "origin");
    record_sync(record);
    record_remove_settings(record);
}

void
user_registry_forget(const char *state, const char *user,
    const struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++) {
        struct record record;

        name(&record, state, user, workers->worker[i].session);
        forget(&record);
        record_clear(&record);
    }
}

void
user_registry_keep(const char *state, const char *user, const char *origin,
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
            forget(&record);
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

/* A copy that is whole and of this session has one worker. */
static bool
add_copy(const struct record *record, const char *session, const char *text,
    const struct node *node, struct workers *workers)
{
    struct configuration config = {0};
    struct problem ignored = {0};
    struct workers one = {0};
    struct layer none = {0};
    bool good = configuration_read_text(&config, record->directory, text,
            &ignored) && config.worker_count == 1
        && workers_resolve(&config, &none, node, &one, &ignored)
        && workers_have_session(&one, session);

    if (good) {
        workers->worker = text_reallocate(workers->worker,
            workers->count + 1, sizeof *workers->worker);
        workers->worker[workers->count++] = one.worker[0];
        one.worker[0] = (struct worker){0};
    }
    workers_clear(&one);
    problem_clear(&ignored);
    configuration_clear(&config);
    return good;
}

/* Is there a copy, or was there one that nobody has forgotten? */
static bool
read_copy(const struct record *record, const char *session,
    const struct node *node, struct workers *workers, struct problem *problem)
{
    char *text, *origin;
    bool exists, known;

    if (!record_exists(record, &exists, problem))
        return true;
    text = record_read(record, "worker");
    origin = text == NULL && errno == ENOENT
        ? record_read(record, "origin") : NULL;
    known = text != NULL || errno != ENOENT || origin != NULL;
    if (known && (text == NULL
        || !add_copy(record, session, text, node, workers)))
        record_complain(record, "worker", problem);
    free(origin);
    free(text);
    return known;
}

bool
user_registry_read(const char *state, const struct account *account,
    enum user_registry_tell tell, struct workers *workers,
    struct problem *problem)
{
    char *below = text_format(".users/%s", account->user);
    struct node node = account_node(account, NULL);
    struct words sessions = {0};
    char nobody[] = "";
    bool any = false;

    record_list(state, below, &sessions, problem);
    for (size_t i = 0; i < sessions.count; i++) {
        struct problem broken = {0};
        struct run none = { .id = nobody };
        struct record record;

        name(&record, state, account->user, sessions.word[i]);
        any |= read_copy(&record, sessions.word[i], &node, workers, &broken);
        if (tell != REGISTRY_SILENT && broken.text != NULL)
            backoff_complain(&record, &none, tell == REGISTRY_ALWAYS, &broken,
                problem);
        problem_clear(&broken);
        record_clear(&record);
    }
    words_clear(&sessions);
    free(below);
    return any;
}
