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
backoff_read(const struct record *record, const struct run *run,
    struct backoff *backoff)
{
    char *text = record_read(record, "tended");
    char *id = fields_value(text, "run");

    *backoff = (struct backoff){0};
    if (text != NULL && strcmp(id, run->id) == 0) {
        backoff->attempts = fields_number(text, "attempts");
        backoff->next = fields_number(text, "next");
        backoff->gave_up = fields_number(text, "gave_up");
        backoff->why = fields_value(text, "why");
    }
    free(id);
    free(text);
}

void
backoff_clear(struct backoff *backoff)
{
    free(backoff->why);
    *backoff = (struct backoff){0};
}

/* A time further off than we would ever wait means a clock that was set. */
bool
backoff_is_due(const struct backoff *backoff)
{
    long long now = time(NULL);

    return now >= backoff->next || backoff->next - now > LONGEST;
}

bool
backoff_write(const struct record *record, const struct backoff *backoff,
    const struct run *run, bool gave_up, struct problem *problem)
{
    long long pause = MINUTE;
    char *text;
    bool good;

    for (unsigned i = 0; i < backoff->attempts && pause < LONGEST; i++)
        pause *= 2;
    if (pause > LONGEST)
        pause = LONGEST;
    text = text_format("run %s\nattempts %u\nnext %lld\ngave_up %d\n"
        "why %.*s\n", run->id, backoff->attempts + 1, time(NULL) + pause,
        gave_up, (int)(problem->text ? strcspn(problem->text, "\n") : 0),
        problem->text ? problem->text : "");
    good = record_write(record, "tended", text, problem);
    free(text);
    return good;
}

void
backoff_complain(const struct record *record, const struct run *run,
    bool dry_run, struct problem *broken, struct problem *problem)
{
    struct backoff backoff = {0};

    backoff_read(record, run, &backoff);
    if (dry_run || backoff_is_due(&backoff)) {
        problem_add(problem, broken->status, "%s", broken->text);
        if (!dry_run)
            backoff_write(record, &backoff, run, false, problem);
    }
    backoff_clear(&backoff);
    problem_clear(broken);
}

void
backoff_calm(const struct record *record, const struct run *run)
{
    long long now = time(NULL);

    /* A time to come means a clock that was set. */
    if (run->state == RUN_RUNNING
        && (run->since <= now - WELL || run->since > now))
        record_remove(record, "tended");
}
