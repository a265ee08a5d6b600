/*
 * tidy.c - takes away what calls that were killed had half written.  A loss
 * of power a day would fill the disk in the end.
 */
#include "record/record.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* FILE.PID of a process that has, for sure, ended (record_write). */
static bool
is_abandoned(const char *name)
{
    const char *dot = strrchr(name, '.');
    struct process writer;
    long pid;

    return dot != NULL && text_to_long(dot + 1, &pid) && pid > 0
        && proc_look((pid_t)pid, &writer) == LIFE_DEAD;
}

static void
tidy_directory(const struct record *record, const char *below)
{
    char *path = text_format("%s/%s", record->directory, below);
    DIR *directory = opendir(path);
    struct dirent *file;

    while (directory != NULL && (file = readdir(directory)) != NULL) {
        char *name = text_format("%s%s", below, file->d_name);

        if (file->d_type == DT_DIR && *file->d_name != '.') {
            text_append(&name, "/");
            tidy_directory(record, name);
        } else if (is_abandoned(name))
            record_remove(record, name);
        free(name);
    }
    if (directory != NULL)
        closedir(directory);
    free(path);
}

void
record_tidy(const struct record *record)
{
    tidy_directory(record, "");
}
