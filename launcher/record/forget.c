/*
 * forget.c - takes the settings out of a record that needs them no more.
 * They hold passwords, and a record may lie there for years.
 */
#include "record/record.h"

#include <dirent.h>
#include <string.h>

#include "record/runs.h"

/* Also what a write that was cut off has left: FILE.PID. */
static bool
is_setting_file(const char *name)
{
    static const char *const files[] = { "worker", "next", "home", "origin" };

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t length = strlen(files[i]);

        if (strncmp(name, files[i], length) == 0
            && (name[length] == '\0' || name[length] == '.'))
            return true;
    }
    return false;
}

static void
find_settings(const struct record *record, struct words *names)
{
    DIR *directory = opendir(record->directory);
    struct dirent *file;

    while (directory != NULL && (file = readdir(directory)) != NULL)
        if (is_setting_file(file->d_name))
            words_add(names, file->d_name);
    if (directory != NULL)
        closedir(directory);
}

/*
 * Of one that is planned, or was begun by a call that was killed, nobody knows
 * better than that it is not wanted.
 */
static bool
is_run_over(const struct record *record)
{
    struct run run;
    bool over;

    record_read_run(record, &run);
    over = !run.broken && run_life(&run) == LIFE_DEAD;
    run_clear(&run);
    return over;
}

/* They may be needed, too, when nobody can read whether it is wanted. */
bool
record_is_over(const struct record *record)
{
    struct desired desired;
    struct record current;
    bool over;

    record_read_desired(record, &desired);
    runs_current(record, &current);
    over = !desired.unread && !desired.broken && !desired.up && *desired.by
        && is_run_over(&current);
    record_clear(&current);
    desired_clear(&desired);
    return over;
}

/* Those of the worker's own directory come last: a run's may lie there. */
static void
remove_settings(const struct record *record, bool all)
{
    struct words directories = {0};

    runs_list(record, &directories);
    words_add(&directories, record->directory);
    for (size_t i = 0; i < directories.count; i++) {
        struct record run = { .directory = directories.word[i] };
        struct words names = {0};

        find_settings(&run, &names);
        for (size_t j = 0; j < names.count; j++)
            if (all || is_run_over(&run))
                record_remove(&run, names.word[j]);
        words_clear(&names);
    }
    words_clear(&directories);
}

void
record_forget(const struct record *record)
{
    if (record_is_over(record)) {
        remove_settings(record, false);
        record_tidy(record);
    }
}

void
record_remove_settings(const struct record *record)
{
    remove_settings(record, true);
}

/* Does it hold any? */
static bool
has_settings(const struct record *record)
{
    struct words directories = {0}, names = {0};
    bool has;

    runs_list(record, &directories);
    words_add(&directories, record->directory);
    for (size_t i = 0; i < directories.count && names.count == 0; i++) {
        struct record run = { .directory = directories.word[i] };

        find_settings(&run, &names);
    }
    has = names.count > 0;
    words_clear(&names);
    words_clear(&directories);
    return has;
}

void
record_try_forget(const struct record *record)
{
    struct record own = { .directory = record->directory };
    struct problem ignored = {0};

    if (has_settings(record) && record_lock(&own, 0, &ignored))
        record_forget(&own);
    record_unlock(&own);
    problem_clear(&ignored);
}
