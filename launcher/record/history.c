/*
 * history.c - the files runs/1 to runs/5 of a record.
 */
#include "record/history.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/text.h"

static char *
run_file(unsigned number)
{
    return text_format("runs/%u", number);
}

bool
history_write(const struct record *record, const struct history_run *run,
    struct problem *problem)
{
    char *text, *first = run_file(1);
    bool good;

    for (unsigned i = HISTORY_RUNS; i > 1; i--) {
        char *from = run_file(i - 1), *to = run_file(i);

        record_move(record, from, to);
        free(from);
        free(to);
    }
    text = text_format("began %lld\nended %lld\nresult %d\nby %s\npeak %ld\n"
        "swept %zu\nleft %s\ndropped %llu\nmemory_kills %ld\n\n%s",
        run->began, run->ended, run->result, run->by, run->peak, run->swept,
        run->left ? run->left : "", run->dropped, run->memory_kills,
        run->screen);
    good = record_write(record, first, text, problem);
    free(text);
    free(first);
    return good;
}

bool
history_read(const struct record *record, unsigned number,
    struct history_run *run)
{
    char *name = run_file(number), *text = record_read(record, name);
    char *screen = text ? strstr(text, "\n\n") : NULL;

    *run = (struct history_run){0};
    free(name);
    if (screen == NULL) {
        free(text);
        return false;
    }
    screen[1] = '\0';
    *run = (struct history_run){
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
