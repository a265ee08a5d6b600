/*
 * successor.c - the file `next` of a record, and who takes it up.
 */
#include "record/successor.h"

#include <errno.h>
#include <stdlib.h>

#include "system/spawn.h"

bool
successor_write(const struct record *record, const struct worker *worker,
    struct problem *problem)
{
    char *text = worker_to_text(worker);
    bool good = record_keep(record, "next", text, problem);

    free(text);
    return good;
}

bool
successor_exists(const struct record *record)
{
    char *text = record_read(record, "next");

    free(text);
    return text != NULL;
}

/* Read once: whoever takes it up removes it. */
char *
successor_read(const struct record *record, const char **file)
{
    char *text = record_read(record, *file = "next");

    return text != NULL || errno != ENOENT ? text
        : record_read(record, *file = "worker");
}

void
successor_remove(const struct record *record)
{
    record_remove(record, "next");
}

bool
successor_call(const struct record *record, int output,
    struct problem *problem)
{
    struct spawn_setup setup = {
        .output = output, .error = output,
        .silent_input = true, .new_session = true
    };
    struct words words = {0};
    pid_t pid;
    bool good = spawn_self_words(&words, "succeed", record->directory,
            problem)
        && spawn_start(&words, &setup, &pid, problem);

    words_clear(&words);
    return good;
}
