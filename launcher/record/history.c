/*
 * history.c - the file `end` of a run's record.
 */
#include "record/history.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/text.h"
#include "record/runs.h"

bool
history_write(const struct record *run, const struct history_run *end,
    struct problem *problem)
{
    char *text = text_format("began %lld\nended %lld\nresult %d\nby %s\n"
        "peak %ld\nswept %zu\nleft %s\ndropped %llu\nmemory_kills %ld\n\n%s",
        end->began, end->ended, end->result, end->by, end->peak, end->swept,
        end->left ? end->left : "", end->dropped, end->memory_kills,
        end->screen);
    bool good = record_write(run, "end", text, problem);

    free(text);
    return good;
}

bool
history_read_run(const struct record *run, struct history_run *end)
{
    char *text = record_read(run, "end");
    char *screen = text ? strstr(text, "\n\n") : NULL;

    *end = (struct history_run){0};
    if (screen == NULL) {
        free(text);
        return false;
    }
    screen[1] = '\0';
    *end = (struct history_run){
        .began = fields_number(text, "began"),
        .ended = fields_number(text, "ended"),
        .result = fields_number(text, "result"),
        .by = fields_value(text, "by"),
        .peak = fields_number(text, "peak"),
        .swept = fields_number(text, "swept"),
        .left = fields_value(text, "left"),
        .dropped = fields_number(text, "dropped"),
        .memory_kills = fields_number(text, "memory_kills"),
        .screen = text_copy(screen + 2),
    };
    free(text);
    return true;
}

bool
history_read(const struct record *worker, unsigned number,
    struct history_run *end)
{
    struct words directories = {0};
    bool found = false;

    *end = (struct history_run){0};
    runs_list(worker, &directories);
    for (size_t i = 0; i < directories.count && !found; i++) {
        struct record run = { .directory = directories.word[i] };
        struct history_run one;

        if (!history_read_run(&run, &one))
            continue;
        found = --number == 0;
        if (found)
            *end = one;
        else
            history_clear(&one);
    }
    words_clear(&directories);
    return found;
}

char *
history_describe(const struct history_run *run)
{
    char *text = NULL;

    /* A status above those is a program's own, such as exit(-1). */
    if (run->result > 128 && run->result <= 128 + SIGRTMAX)
        text_append(&text, "ended by signal %d (%s)", run->result - 128,
            strsignal(run->result - 128));
    else
        text_append(&text, "ended with status %d", run->result);
    if (*run->by)
        text_append(&text, ", asked by %s", run->by);
    if (run->memory_kills > 0)
        text_append(&text, "; the kernel killed %ld process%s in that time "
            "for lack of memory", run->memory_kills,
            run->memory_kills == 1 ? "" : "es");
    return text;
}

void
history_clear(struct history_run *run)
{
    free(run->by);
    free(run->left);
    free(run->screen);
    *run = (struct history_run){0};
}
