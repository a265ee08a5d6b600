/*
 * backoff.c - the file `tended` of a record.
 */
#include "record/backoff.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fields.h"
#include "base/text.h"

/*
 * Seconds: the longest pause, how long a run must last to be well, and in
 * which time attempts are counted.
 */
enum {
    MINUTE = 60, LONGEST = 60 * MINUTE, WELL = 10 * MINUTE,
    WINDOW = 10 * MINUTE
};

/* How many limits the workers of one host have together. */
enum { SHARE = 4 };

/*
 * Count the attempts of the last ten minutes in the file `tended`, and keep
 * their times.  One that is still to come was written before the clock was set
 * back: it counts for nothing, which allows a few more and never too few.
 */
static unsigned
read_times(const char *text, char **times)
{
    char *value = fields_value(text, "times"), *next = value, *end;
    long long now = time(NULL), moment;
    unsigned count = 0;

    while ((moment = strtoll(next, &end, 10)), end != next) {
        next = end;
        if (moment > now || moment <= now - WINDOW)
            continue;
        text_append(times, " %lld", moment);
        count++;
    }
    free(value);
    return count;
}

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
        backoff->limited = fields_number(text, "limited");
        backoff->told = fields_number(text, "told");
        backoff->recent = read_times(text, &backoff->times);
        backoff->why = fields_value(text, "why");
    }
    free(id);
    free(text);
}

void
backoff_clear(struct backoff *backoff)
{
    free(backoff->times);
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

/* The attempts of all records beside this one, and of itself. */
static unsigned
count_on_host(const struct record *record)
{
    const char *session = record_session(record);
    char *host = text_copy_part(record->directory,
        session - record->directory);
    DIR *directory = opendir(host);
    struct dirent *file;
    unsigned count = 0;

    while (directory != NULL && (file = readdir(directory)) != NULL) {
        struct record other = {0};
        char *text, *times = NULL;

        if (*file->d_name == '.')
            continue;
        other.directory = text_format("%s%s", host, file->d_name);
        text = record_read(&other, "tended");
        count += read_times(text, &times);
        free(times);
        free(text);
        record_clear(&other);
    }
    if (directory != NULL)
        closedir(directory);
    free(host);
    return count;
}

bool
backoff_allows(const struct record *record, const struct run *run, long limit)
{
    struct backoff backoff;
    long own;

    backoff_read(record, run, &backoff);
    own = backoff.recent;
    backoff_clear(&backoff);
    return own == 0
        || (own < limit && count_on_host(record) < SHARE * limit);
}

/* Seconds until tend tries again, after so many attempts before. */
static long long
pause_after(unsigned attempts)
{
    long long pause = MINUTE;

    for (unsigned i = 0; i < attempts && pause < LONGEST; i++)
        pause *= 2;
    return pause < LONGEST ? pause : LONGEST;
}

bool
backoff_write(const struct record *record, const struct backoff *backoff,
    const struct run *run, enum backoff_step step, struct problem *problem)
{
    bool tried = step != BACKOFF_LIMITED;
    long long now = time(NULL);
    char *times = text_copy(backoff->times ? backoff->times : "");
    const char *why = problem->text ? problem->text : "";
    char *text;
    bool good;

    if (step == BACKOFF_BEGAN)
        text_append(&times, " %lld", now);
    text = text_format("run %s\nattempts %u\nnext %lld\ngave_up %d\n"
        "limited %d\ntold %d\ntimes%s\nwhy %.*s\n", run->id,
        backoff->attempts + tried,
        tried ? now + pause_after(backoff->attempts) : backoff->next,
        step == BACKOFF_GAVE_UP, step == BACKOFF_LIMITED, backoff->told,
        times, (int)strcspn(why, "\n"), why);
    good = record_write(record, "tended", text, problem);
    free(text);
    free(times);
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
            backoff_write(record, &backoff, run, BACKOFF_COMPLAINED,
                problem);
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
