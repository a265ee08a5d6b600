/*
 * recorded.c - the workers of this host's records that the configuration does
 * not have: started by --queue, from another file, or before it was changed.
 */
#include "cli/command.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "record/record.h"
#include "record/runs.h"
#include "record/user-registry.h"

/* Where this call's workers have their records, and where one would. */
static void
state_directories(const struct context *context, struct words *states,
    struct problem *problem)
{
    char *standard = context_default_state(context, problem);

    if (standard != NULL)
        words_add(states, standard);
    for (size_t i = 0; i < context->workers.count; i++) {
        const char *state = layer_text(&context->workers.worker[i].layer,
            SETTING_STATE_DIR);

        if (!words_contain(states, state))
            words_add(states, state);
    }
    free(standard);
}

/* Sorted. */
static void
chosen_directories(const struct context *context, struct words *chosen)
{
    for (size_t i = 0; i < context->workers.count; i++) {
        const struct worker *worker = &context->workers.worker[i];
        struct record record = {0};

        record_name(&record, layer_text(&worker->layer, SETTING_STATE_DIR),
            worker->session);
        words_add(chosen, record.directory);
        record_clear(&record);
    }
    words_sort(chosen);
}

/* Add the directories of this host's records that no chosen worker has. */
static void
find_recorded(const struct context *context, struct words *directories,
    struct problem *problem)
{
    struct words states = {0}, chosen = {0};

    state_directories(context, &states, problem);
    chosen_directories(context, &chosen);
    for (size_t i = 0; i < states.count; i++) {
        struct words sessions = {0};

        record_list(states.word[i], NULL, &sessions, problem);
        for (size_t j = 0; j < sessions.count; j++) {
            struct record record = {0};
            bool exists;

            record_name(&record, states.word[i], sessions.word[j]);
            if (!words_contain_sorted(&chosen, record.directory)
                && record_exists(&record, &exists, problem) && exists)
                words_add(directories, record.directory);
            record_clear(&record);
        }
        words_clear(&sessions);
    }
    words_clear(&chosen);
    words_clear(&states);
}

/* Does its current run live, for all that can be told, or is it to? */
static bool
is_up(const struct record *record)
{
    struct desired desired;
    struct run run;
    bool up;

    runs_read(record, NULL, &run);
    record_read_desired(record, &desired);
    up = desired.up || desired.unread || desired.broken
        || run_life(&run) != LIFE_DEAD;
    desired_clear(&desired);
    run_clear(&run);
    return up;
}

/*
 * Is any run of it left?  An old one may drain longer than the current one, and
 * of one that cannot be read nobody knows.
 */
static bool
is_left(const struct record *record)
{
    struct words directories = {0};
    bool left = is_up(record);

    runs_list(record, &directories);
    for (size_t i = 0; i < directories.count && !left; i++) {
        struct record at = { .directory = directories.word[i] };
        struct run run;

        record_read_run(&at, &run);
        left = run.broken || run_life(&run) != LIFE_DEAD;
        run_clear(&run);
    }
    words_clear(&directories);
    return left;
}

/* Maybe it cannot be read: that is another matter. */
static bool
has_settings(const struct record *record)
{
    struct record at;
    char *text;
    bool has;

    runs_current(record, &at);
    text = record_read(&at, "worker");
    has = text != NULL || errno != ENOENT;
    free(text);
    record_clear(&at);
    return has;
}

/* STATE of STATE/HOST/SESSION; freed by the caller. */
static char *
recorded_state(const struct record *record)
{
    char *state = text_copy(record->directory);

    *strrchr(state, '/') = '\0';
    *strrchr(state, '/') = '\0';
    return state;
}

/*
 * A worker of which the record tells no settings: its run is over, or the file
 * is damaged.  It is known by its session.
 */
static bool
name_by_session(struct context *context, const char *session,
    struct workers *one, struct problem *problem)
{
    const char *name = text_starts(session, "celery-")
        ? session + strlen("celery-") : session;
    struct worker *worker;

    if (!workers_add_queue(&context->config, &context->options.layer,
            &context->node, "celery", one, problem))
        return false;
    worker = &one->worker[0];
    free(worker->name);
    free(worker->queue);
    free(worker->session);
    worker->name = text_copy(name);
    worker->queue = text_copy(name);
    worker->session = text_copy(session);
    return true;
}

/* As it runs or ran last, under what the command line says. */
static bool
recall_one(const struct context *context, const struct record *record,
    struct workers *one, struct problem *problem)
{
    struct context other = {0};
    bool good = context_recall_current(&other, record->directory, problem);

    if (good) {
        workers_add(one, &other.workers.worker[0]);
        layer_merge(&one->worker[0].layer, &context->options.layer);
    }
    context_clear(&other);
    return good;
}

/* Of one that is over and forgotten nothing is left to end. */
static void
add_record(struct context *context, const struct record *record,
    struct problem *problem)
{
    const char *session = record_session(record);
    bool forgotten = !has_settings(record) && !is_up(record);
    struct workers one = {0};
    char *state;

    if (forgotten && (context->command->needs & ENDS_RUNS)
        && !is_left(record))
        return;
    if ((!forgotten && recall_one(context, record, &one, problem))
        || name_by_session(context, session, &one, problem)) {
        struct worker *worker = &one.worker[0];

        if (workers_have_name(&context->workers, worker->name)) {
            free(worker->name);
            worker->name = text_copy(session);
        }
        state = recorded_state(record);
        layer_replace(&worker->layer, SETTING_STATE_DIR, state);
        workers_add(&context->workers, worker);
        free(state);
    }
    workers_clear(&one);
}

bool
context_add_recorded(struct context *context, struct problem *problem)
{
    struct words directories = {0};

    if (!context->options.all)
        return true;
    if (context->options.arguments.count > 0
        || context->options.queues.count > 0)
        return problem_add(problem, STATUS_USAGE, "--all means every worker "
            "of this node; leave it out, or leave WORKER and --queue out");
    context_add_users(context);
    find_recorded(context, &directories, problem);
    for (size_t i = 0; i < directories.count; i++) {
        struct record record = { .directory = directories.word[i] };

        add_record(context, &record, problem);
    }
    words_clear(&directories);
    return true;
}

size_t
context_count_recorded(const struct context *context)
{
    struct problem ignored = {0};
    struct words directories = {0};
    size_t count = 0;

    find_recorded(context, &directories, &ignored);
    for (size_t i = 0; i < directories.count; i++) {
        struct record record = { .directory = directories.word[i] };

        count += is_left(&record);
    }
    words_clear(&directories);
    problem_clear(&ignored);
    return count;
}

void
context_add_users(struct context *context)
{
    struct words users = {0};
    char *state;

    if (geteuid() != 0)
        return;
    state = context_state_directory(context);
    user_registry_users(state, &users);
    for (size_t i = 0; i < users.count; i++)
        if (!words_contain(&context->others, users.word[i])
            && getpwnam(users.word[i]) != NULL)
            words_add(&context->others, users.word[i]);
    words_clear(&users);
    free(state);
}
