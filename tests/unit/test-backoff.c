/* test-backoff.c - when a worker may be brought back once more. */
#include "unit-help.h"

#include <time.h>

#include "base/text.h"
#include "record/backoff.h"

static struct problem problem;
static char first[] = "0123abcd", second[] = "4567abcd";

static bool
is_noted(const struct record *record)
{
    char *text = record_read(record, "tended");
    bool noted = text != NULL;

    free(text);
    return noted;
}

START_TEST(pauses_double_up_to_an_hour)
{
    static const struct {
        unsigned attempts;
        long long pause;
    } rows[] = {
        { 0, 60 }, { 1, 120 }, { 2, 240 }, { 3, 480 }, { 4, 960 },
        { 5, 1920 }, { 6, 3600 }, { 7, 3600 }, { 1000000, 3600 },
    };
    struct run run = { .id = first };
    struct record record;
    char *base = scratch_record(&record, &problem);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct backoff backoff = { .attempts = rows[i].attempts };
        long long before = time(NULL), late;

        ck_assert(backoff_write(&record, &backoff, &run,
            BACKOFF_BEGAN, &problem));
        backoff_read(&record, &run, &backoff);
        late = backoff.next - before - rows[i].pause;
        ck_assert_msg(late >= 0 && late < 30, "row %zu: %lld", i, late);
        ck_assert_msg(backoff.attempts == rows[i].attempts + 1,
            "row %zu: %u", i, backoff.attempts);
        ck_assert(!backoff.gave_up);
        same_text(i, backoff.why, "");
        backoff_clear(&backoff);
    }
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(a_series_belongs_to_the_run_that_it_made)
{
    struct run run = { .id = first }, other = { .id = second };
    struct backoff backoff = { .attempts = 9 };
    struct record record;
    char *base = scratch_record(&record, &problem), *text;

    /* None yet. */
    backoff_read(&record, &run, &backoff);
    ck_assert(backoff.attempts == 0 && backoff.next == 0 && !backoff.why);
    ck_assert(backoff_is_due(&backoff));
    problem_add(&problem, STATUS_UNAVAILABLE, "the first line");
    problem_add(&problem, STATUS_UNAVAILABLE, "attempts 77");
    ck_assert(backoff_write(&record, &backoff, &run, BACKOFF_GAVE_UP,
        &problem));
    backoff_read(&record, &run, &backoff);
    ck_assert_uint_eq(backoff.attempts, 1);
    ck_assert(backoff.gave_up && !backoff_is_due(&backoff));
    ck_assert_str_eq(backoff.why, "the first line");
    text = record_read(&record, "tended");
    ck_assert_ptr_null(strstr(text, "attempts 77"));
    free(text);
    backoff_clear(&backoff);
    ck_assert_ptr_null(backoff.why);
    /* Somebody else has started it since. */
    backoff_read(&record, &other, &backoff);
    ck_assert(backoff.attempts == 0 && backoff.next == 0);
    ck_assert(!backoff.gave_up && backoff.why == NULL);
    problem_clear(&problem);
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(what_is_damaged_is_due)
{
    static const char *const texts[] = {
        "", "run 0123abcd\n", "run 0123abcd\nnext x\nattempts -\n",
        "next 99999999999999999999\nrun 0123abcd\n", "next 5\n",
    };
    struct run run = { .id = first };
    struct record record;
    char *base = scratch_record(&record, &problem);

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct backoff backoff;

        ck_assert(record_write(&record, "tended", texts[i], &problem));
        backoff_read(&record, &run, &backoff);
        ck_assert_msg(backoff.attempts == 0 && backoff.next == 0, "row %zu",
            i);
        ck_assert_msg(backoff_is_due(&backoff), "row %zu", i);
        backoff_clear(&backoff);
    }
    scratch_record_remove(&record, base);
}
END_TEST

/* Far from the second that passes meanwhile. */
START_TEST(it_is_due_at_its_time_or_when_the_clock_was_set_back)
{
    static const struct {
        long long ahead;
        bool due;
    } rows[] = {
        { -1000000, true }, { -60, true }, { 0, true }, { 30, false },
        { 60, false }, { 3600, false }, { 3660, true }, { 1000000, true },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct backoff backoff = { .next = time(NULL) + rows[i].ahead };

        ck_assert_msg(backoff_is_due(&backoff) == rows[i].due, "row %zu", i);
    }
}
END_TEST

START_TEST(a_run_that_lasts_ends_the_series)
{
    static const struct {
        enum run_state state;
        long long lasted;
        bool stays;
    } rows[] = {
        { RUN_RUNNING, 0, true },
        { RUN_RUNNING, 570, true },
        { RUN_RUNNING, 600, false },
        { RUN_RUNNING, 1000000, false },
        /* The clock was set back. */
        { RUN_RUNNING, -1000, false },
        { RUN_NONE, 1000000, true },
        { RUN_STARTING, 1000000, true },
        { RUN_DRAINING, 1000000, true },
        { RUN_ENDED, 1000000, true },
    };
    struct backoff backoff = {0};
    struct record record;
    char *base = scratch_record(&record, &problem);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct run run = { .id = first, .state = rows[i].state };

        ck_assert(backoff_write(&record, &backoff, &run,
            BACKOFF_BEGAN, &problem));
        run.since = time(NULL) - rows[i].lasted;
        backoff_calm(&record, &run);
        ck_assert_msg(is_noted(&record) == rows[i].stays, "row %zu", i);
        /* There may be nothing to forget. */
        backoff_calm(&record, &run);
    }
    scratch_record_remove(&record, base);
}
END_TEST

/* Note an attempt of `session` that was `ago` seconds ago. */
static void
attempt(const struct record *record, const struct run *run, long long ago)
{
    struct backoff backoff;

    backoff_read(record, run, &backoff);
    text_append(&backoff.times, " %lld", (long long)time(NULL) - ago);
    /* A step that adds no time of its own. */
    ck_assert(backoff_write(record, &backoff, run, BACKOFF_LIMITED,
        &problem));
    backoff_clear(&backoff);
}

START_TEST(it_may_restart_so_often_in_ten_minutes)
{
    static const struct {
        long long ago[4];
        unsigned recent;
        bool allowed;           /* of three */
    } rows[] = {
        { { 0 }, 0, true },
        { { 1 }, 1, true },
        { { 300, 200 }, 2, true },
        { { 300, 200, 100 }, 3, false },
        { { 590, 2, 1 }, 3, false },
        { { 630, 200, 100 }, 2, true },
        { { 5, 4, 3, 2 }, 4, false },
        /* A clock that was set back an hour, or forward. */
        { { -3600, -3500, -3400 }, 0, true },
        { { 3600, 3500, 3400, 1 }, 1, true },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct run run = { .id = first }, other = { .id = second };
        struct backoff backoff;
        struct record record;
        char *base = scratch_record(&record, &problem);

        for (int j = 0; j < 4 && rows[i].ago[j] != 0; j++)
            attempt(&record, &run, rows[i].ago[j]);
        backoff_read(&record, &run, &backoff);
        ck_assert_msg(backoff.recent == rows[i].recent, "row %zu: %u", i,
            backoff.recent);
        backoff_clear(&backoff);
        ck_assert_msg(backoff_allows(&record, &run, 3) == rows[i].allowed,
            "row %zu", i);
        /* A person has started it since. */
        ck_assert_msg(backoff_allows(&record, &other, 3), "row %zu", i);
        scratch_record_remove(&record, base);
    }
}
END_TEST

START_TEST(a_host_has_four_limits_and_one_attempt_for_each)
{
    struct run run = { .id = first };
    struct record record;
    char *base = scratch_record(&record, &problem);
    const char *const names[] = { "a", "b", "c", "d" };

    for (int i = 0; i < 4; i++) {
        struct record other;

        record_name(&other, base, names[i]);
        ck_assert(record_make(&other, &problem));
        for (int j = 0; j < 2; j++)
            attempt(&other, &run, 60);
        record_clear(&other);
    }
    /* Eight of eight are gone: its first is free nevertheless. */
    ck_assert(backoff_allows(&record, &run, 2));
    attempt(&record, &run, 60);
    ck_assert(!backoff_allows(&record, &run, 2));
    ck_assert(backoff_allows(&record, &run, 3));
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(each_step_is_noted)
{
    static const struct {
        enum backoff_step step;
        unsigned attempts, recent;
        bool gave_up, limited, waits;
    } rows[] = {
        { BACKOFF_BEGAN, 1, 1, false, false, true },
        { BACKOFF_GAVE_UP, 1, 0, true, false, true },
        { BACKOFF_LIMITED, 0, 0, false, true, false },
        { BACKOFF_COMPLAINED, 1, 0, false, false, true },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct run run = { .id = first };
        struct backoff backoff = { .told = i & 1 };
        struct record record;
        char *base = scratch_record(&record, &problem);

        ck_assert(backoff_write(&record, &backoff, &run, rows[i].step,
            &problem));
        backoff_read(&record, &run, &backoff);
        ck_assert_msg(backoff.attempts == rows[i].attempts
            && backoff.recent == rows[i].recent
            && backoff.gave_up == rows[i].gave_up
            && backoff.limited == rows[i].limited
            && backoff.told == (i & 1)
            && backoff_is_due(&backoff) != rows[i].waits, "row %zu", i);
        backoff_clear(&backoff);
        scratch_record_remove(&record, base);
    }
}
END_TEST

UNIT_TESTS("backoff",
    it_may_restart_so_often_in_ten_minutes,
    a_host_has_four_limits_and_one_attempt_for_each,
    each_step_is_noted,
    pauses_double_up_to_an_hour,
    a_series_belongs_to_the_run_that_it_made,
    what_is_damaged_is_due,
    it_is_due_at_its_time_or_when_the_clock_was_set_back,
    a_run_that_lasts_ends_the_series)
