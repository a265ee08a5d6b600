/*
 * forget.c - takes the settings out of a record that needs them no
 * more.  They hold passwords, and a record may lie there for years.
 */
#include "record/record.h"

#include <dirent.h>
#include <string.h>

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
 * The settings may be needed when the worker is wanted, or nobody can read
 * whether it is, and by a runner that is about to enter itself.
 */
bool
record_is_over(const struct record *record)
{
    struct desired desired;
    struct run run;
    bool over, entering;

    record_read_desired(record, &desired);
    record_read_run(record, &run);
    entering = run.state == RUN_STARTING && run.runner.pid == 0;
    over = !desired.unread && !desired.broken && !desired.up && *desired.by
        && !run.broken && !entering && run_life(&run) == LIFE_DEAD;
    run_clear(&run);
    desired_clear(&desired);
    return over;
}

void
record_forget(const struct record *record)
{
    if (record_is_over(record))
        record_remove_settings(record);
}

void
record_remove_settings(const struct record *record)
{
    struct words names = {0};

    find_settings(record, &names);
    for (size_t i = 0; i < names.count; i++)
        record_remove(record, names.word[i]);
    words_clear(&names);
}

void
record_try_forget(const struct record *record)
{
    struct record own = { .directory = record->directory };
    struct problem ignored = {0};
    struct words names = {0};

    find_settings(record, &names);
    if (names.count > 0 && record_lock(&own, 0, &ignored))
        record_forget(&own);
    record_unlock(&own);
    words_clear(&names);
    problem_clear(&ignored);
}
