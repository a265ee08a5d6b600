/*
 * history.c - how a worker's last runs ended, for people and for programs.
 */
#include "cli/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/plain.h"
#include "record/history.h"

void
history_print_json(struct json *json, const struct record *record)
{
    char *began, *ended;
    struct history_run last;

    if (!history_read(record, 1, &last)) {
        json_text(json, "last_run", NULL);
        return;
    }
    began = clock_text(last.began);
    ended = clock_text(last.ended);
    json_object(json, "last_run");
    json_text(json, "began", began);
    json_text(json, "ended", ended);
    json_number(json, "status", last.result);
    json_text(json, "asked_by", *last.by ? last.by : NULL);
    json_text(json, "left", *last.left ? last.left : NULL);
    json_number(json, "peak_kib", last.peak);
    json_number(json, "swept", last.swept);
    json_number(json, "dropped", last.dropped);
    json_number(json, "memory_kills", last.memory_kills);
    json_end(json);
    free(ended);
    free(began);
    history_clear(&last);
}

void
history_print(const struct record *record)
{
    for (unsigned i = 1; i <= HISTORY_RUNS; i++) {
        char *began, *ended, *how;
        struct history_run last;

        if (!history_read(record, i, &last))
            break;
        began = clock_local(last.began);
        ended = clock_local(last.ended);
        how = history_describe(&last);
        fprintf(plain_out, "    %s from %s to %s %s; its largest process had "
            "%ld MiB", i == 1 ? "the last run" : "one", began, ended, how,
            (last.peak + 1023) / 1024);
        if (last.swept > 0)
            fprintf(plain_out, "; ended %zu process%s that it left behind",
                last.swept, last.swept == 1 ? "" : "es");
        if (*last.left)
            fprintf(plain_out, "; could not end what it left behind: %s",
                last.left);
        if (last.dropped > 0)
            fprintf(plain_out, "; %llu bytes of output not shown",
                last.dropped);
        putc('\n', plain_out);
        free(how);
        free(ended);
        free(began);
        history_clear(&last);
    }
}
