/*
 * backoff.c - the file `tended` of a record.
 */
#include "record/backoff.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fields.h"
#include "base/text.h"

/* Seconds: the longest pause, and how long a run must last to be well. */
enum { MINUTE = 60, LONGEST = 60 * MINUTE, WELL = 10 * MINUTE };

void
tending_read(const struct record *record, const struct run *run,
    struct tending *tending)
{
    char *text = record_read(record, "tended");
    char *id = lines_value(text, "run");

    *tending = (struct tending){0};
    if (text != NULL && strcmp(id, run->id) == 0) {
        tending->attempts = lines_number(text, "attempts");
        tending->next = lines_number(text, "next");
        tending->gave_up = lines_number(text, "gave_up");
        tending->why = lines_value(text, "why");
    }
    free(id);
    free(text);
}

void
tending_clear(struct tending *tending)
{
    free(tending->why);
    *tending = (struct tending){0};
}

/* A time further off than we would ever wait means a clock that was set. */
bool
tending_is_due(const struct tending *tending)
{
    long long now = time(NULL);

    return now >= tending->next || tending->next - now > LONGEST;
}

bool
tending_write(const struct record *record, const struct tending *tending,
    const struct run *run, bool gave_up, struct problem *problem)
{
    long long pause = MINUTE;
    char *text;
    bool good;

    for (unsigned i = 0; i < tending->attempts && pause < LONGEST; i++)
        pause *= 2;
    if (pause > LONGEST)
        pause = LONGEST;
    text = text_format("run %s\nattempts %u\nnext %lld\ngave_up %d\n"
        "why %.*s\n", run->id, tending->attempts + 1, time(NULL) + pause,
        gave_up, (int)(problem->text ? strcspn(problem->text, "\n") : 0),
        problem->text ? problem->text : "");
    good = record_write(record, "tended", text, problem);
    free(text);
    return good;
}

void
tending_calm(const struct record *record, const struct run *run)
{
    long long lasted = time(NULL) - run->since;

    if (run->state == RUN_RUNNING && (lasted >= WELL || lasted < 0))
        record_remove(record, "tended");
}
