/*
 * sync.c - StarCluster's order: remount, pull, submodules, bytecode,
 * setup command; each for all workers before the next begins.
 */
#include "sync/sync.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/mask.h"
#include "base/text.h"
#include "sync/bytecode.h"
#include "sync/git.h"
#include "sync/privileged.h"
#include "sync/sync-lock.h"
#include "system/shell.h"

struct syncing {
    const struct sync *sync;
    FILE *output;
    const struct workers *workers;
    const struct account *account;
    struct problem *problem;
    struct sync_locks locks;
};

static void say(const struct syncing *syncing, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(const struct syncing *syncing, const char *format, ...)
{
    va_list arguments;
    char *line, *masked;

    va_start(arguments, format);
    line = text_format_list(format, arguments);
    va_end(arguments);
    masked = mask_text(line);
    fprintf(syncing->output, "sync: %s%s\n", syncing->sync->dry_run
        ? "would do: " : "", masked);
    fflush(syncing->output);
    free(masked);
    free(line);
}

static const char *
value_of(const struct syncing *syncing, size_t i, enum setting_id id)
{
    return layer_text(&syncing->workers->worker[i].layer, id);
}

/* Is there an earlier worker that says the same of both settings? */
static bool
is_repeated(const struct syncing *syncing, size_t i, enum setting_id one,
    enum setting_id other)
{
    for (size_t j = 0; j < i; j++)
        if (words_equal(&syncing->workers->worker[j].layer.value[one],
                &syncing->workers->worker[i].layer.value[one])
            && words_equal(&syncing->workers->worker[j].layer.value[other],
                &syncing->workers->worker[i].layer.value[other]))
            return true;
    return false;
}

static bool
remount(struct syncing *syncing)
{
    for (size_t i = 0; i < syncing->workers->count; i++) {
        const char *directory = value_of(syncing, i, SETTING_REMOUNT_DIR);

        if (directory == NULL || is_repeated(syncing, i, SETTING_REMOUNT_DIR,
            SETTING_REMOUNT_DIR))
            continue;
        say(syncing, "mount -o remount %s", directory);
        if (!syncing->sync->dry_run && !privileged_remount(
            &syncing->workers->worker[i], syncing->problem))
            return false;
    }
    return true;
}

/*
 * Is its bytecode to be deleted?  Not in the home itself, by whatever name:
 * that is nobody's code alone, and is meant only when nothing was said.
 */
static bool
deletes_bytecode(const struct syncing *syncing, size_t i)
{
    struct stat home, directory;

    if (!layer_is_on(&syncing->workers->worker[i].layer,
        SETTING_DELETE_PYC_FILES))
        return false;
    return stat(syncing->account->home, &home) != 0
        || stat(value_of(syncing, i, SETTING_WORKER_DIR), &directory) != 0
        || directory.st_dev != home.st_dev
        || directory.st_ino != home.st_ino;
}

/* Is there work for a worker that is in no repository? */
static bool
has_other_work(const struct syncing *syncing, size_t i)
{
    return value_of(syncing, i, SETTING_MASTER_SETUP_CMD) != NULL
        || deletes_bytecode(syncing, i);
}

static long
patience(const struct syncing *syncing)
{
    long longest = 0;

    for (size_t i = 0; i < syncing->workers->count; i++) {
        const struct layer *layer = &syncing->workers->worker[i].layer;
        long seconds = layer_number(layer, SETTING_START_TIMEOUT)
            + layer_number(layer, SETTING_STOP_TIMEOUT);

        longest = seconds > longest ? seconds : longest;
    }
    return longest;
}

static bool
hold_all(struct syncing *syncing)
{
    struct sync_locks *locks = &syncing->locks;
    bool good = true;

    for (size_t i = 0; i < syncing->workers->count; i++) {
        const char *directory = value_of(syncing, i, SETTING_GIT_SYNC_DIR);

        if (directory != NULL && access(directory, X_OK) != 0)
            return problem_add(syncing->problem, STATUS_UNAVAILABLE,
                "git_sync_dir %s: %s; clone the repository there, or "
                "correct the setting", directory, strerror(errno));
        if (directory != NULL)
            sync_locks_add(locks, directory);
        else if (has_other_work(syncing, i))
            sync_locks_add_directory(locks, value_of(syncing, i,
                SETTING_STATE_DIR));
    }
    sync_locks_sort(locks);
    for (size_t i = 0; good && !syncing->sync->dry_run
        && i < locks->count; i++) {
        if (sync_locks_hold(locks, i) || sync_lock_take(&locks->lock[i], 0))
            continue;
        if (errno == EWOULDBLOCK)
            say(syncing, "waiting for another sync of %s",
                locks->lock[i].directory);
        good = sync_lock_wait(&locks->lock[i], patience(syncing),
            syncing->problem);
    }
    return good;
}

static bool
run_git(struct syncing *syncing, size_t i, enum setting_id id)
{
    const char *directory = value_of(syncing, i, SETTING_GIT_SYNC_DIR);
    struct words environment = {0};
    struct shell_command shell = {
        .text = value_of(syncing, i, id), .directory = directory,
        .shell = value_of(syncing, i, SETTING_SHELL),
        .environment = &environment, .output = syncing->output,
    };
    const char *meaning;
    char *printed = NULL;
    int result = 0;
    bool good;

    git_environment(&environment);
    good = shell_run(&shell, &printed, &result, syncing->problem);
    if (good && result != 0) {
        meaning = git_explain(printed);
        good = problem_add(syncing->problem, STATUS_UNAVAILABLE, "%s ended "
            "with status %d in %s: %s; no worker was touched",
            settings[id].key, result, directory, meaning ? meaning
            : "see its output above");
    }
    words_clear(&environment);
    free(printed);
    return good;
}

static bool
run_gits(struct syncing *syncing, enum setting_id id)
{
    for (size_t i = 0; i < syncing->workers->count; i++) {
        const char *directory = value_of(syncing, i, SETTING_GIT_SYNC_DIR);
        const char *command = value_of(syncing, i, id);

        if (directory == NULL || *command == '\0' || is_repeated(syncing, i,
            SETTING_GIT_SYNC_DIR, id))
            continue;
        say(syncing, "%s (in %s)", command, directory);
        failpoint("git");
        if (!syncing->sync->dry_run && !run_git(syncing, i, id))
            return false;
    }
    return true;
}

static bool
delete_bytecode(struct syncing *syncing)
{
    for (size_t i = 0; i < syncing->workers->count; i++) {
        const char *directory = value_of(syncing, i, SETTING_WORKER_DIR);
        long count = 0;

        if (!deletes_bytecode(syncing, i) || is_repeated(syncing, i,
            SETTING_WORKER_DIR, SETTING_DELETE_PYC_FILES))
            continue;
        if (syncing->sync->dry_run) {
            say(syncing, "delete *.pyc below %s", directory);
            continue;
        }
        failpoint("bytecode");
        if (!bytecode_delete(directory, &count, syncing->problem))
            return false;
        if (count > 0)          /* cron would have a mail of each line */
            say(syncing, "deleted %ld *.pyc below %s", count, directory);
    }
    return true;
}

static bool
run_setups(struct syncing *syncing)
{
    for (size_t i = 0; i < syncing->workers->count; i++) {
        const char *command = value_of(syncing, i, SETTING_MASTER_SETUP_CMD);
        struct shell_command shell = {
            .text = command, .directory = syncing->account->home,
            .shell = value_of(syncing, i, SETTING_SHELL),
            .output = syncing->output,
        };
        char *printed = NULL;
        int result = 0;
        bool good = true;

        if (command == NULL || is_repeated(syncing, i,
            SETTING_MASTER_SETUP_CMD, SETTING_MASTER_SETUP_CMD))
            continue;
        say(syncing, "%s", command);
        failpoint("setup");
        if (!syncing->sync->dry_run)
            good = shell_run(&shell, &printed, &result,
                syncing->problem);
        if (good && result != 0)
            good = problem_add(syncing->problem, STATUS_UNAVAILABLE,
                "master_setup_cmd ended with status %d; see its output above; "
                "no worker was touched", result);
        free(printed);
        if (!good)
            return false;
    }
    return true;
}

static bool
has_repositories(const struct syncing *syncing)
{
    for (size_t i = 0; i < syncing->workers->count; i++)
        if (value_of(syncing, i, SETTING_GIT_SYNC_DIR) != NULL)
            return true;
    return false;
}

/*
 * Without a repository nothing tells whether anything changed: then it is for
 * those of other users to tell.
 */
static bool
leave_it_to_others(const struct syncing *syncing, bool *changed)
{
    *changed = false;
    return syncing->sync->others || problem_add(syncing->problem,
        STATUS_CONFIG, "--if-changed needs git_sync_dir, which no worker has; "
        "set it to the clone of your code, or leave --if-changed out");
}

/* Everything up to git; `*changed` is whether that brought something. */
static bool
fetch(struct syncing *syncing, bool *changed)
{
    bool good = remount(syncing) && hold_all(syncing)
        && run_gits(syncing, SETTING_GIT_PULL_CMD)
        && run_gits(syncing, SETTING_GIT_SUBMODULE_UPDATE_CMD);

    if (good && !syncing->sync->dry_run)
        *changed = sync_locks_changed(&syncing->locks);
    return good;
}

/* The same, but what is told of it only when it matters: cron mails it. */
static bool
fetch_silently(struct syncing *syncing, bool *changed)
{
    struct text_stream stream;
    char *told;
    bool good;

    syncing->output = text_open(&stream);
    good = fetch(syncing, changed);
    syncing->output = syncing->sync->output;
    told = text_close(&stream);
    if (*changed)
        fputs(told, syncing->output);
    fflush(syncing->output);
    free(told);
    return good;
}

bool
sync_run(const struct sync *sync, const struct workers *workers,
    const struct account *account, bool *changed, struct problem *problem)
{
    struct syncing syncing = {
        .sync = sync, .output = sync->output, .workers = workers,
        .account = account, .problem = problem
    };
    bool good;

    *changed = true;
    if (workers->count == 0)
        return true;
    if (sync->if_changed && !has_repositories(&syncing))
        return leave_it_to_others(&syncing, changed);
    good = sync->if_changed ? fetch_silently(&syncing, changed)
        : fetch(&syncing, changed);
    if (good && (*changed || !sync->if_changed)) {
        sync_locks_forget(&syncing.locks);
        good = delete_bytecode(&syncing) && run_setups(&syncing);
        if (good)
            sync_locks_remember(&syncing.locks);
    }
    sync_locks_clear(&syncing.locks);
    return good;
}
