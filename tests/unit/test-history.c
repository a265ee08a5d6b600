/* test-history.c - how the last runs ended, and what they printed last. */
#include "unit-help.h"

#include <signal.h>

#include "record/history.h"
#include "record/runs.h"

static struct problem problem;

/* In a run of its own. */
static void
end(const struct record *record, const struct history_run *how)
{
    struct record run;

    ck_assert(runs_make(record, &run, &problem));
    ck_assert(history_write(&run, how, &problem));
    record_clear(&run);
}

START_TEST(a_run_is_read_as_it_was_written)
{
    static char none[] = "", stop[] = "stop", left[] = "7 (a b), 8 (c)",
        screen[] = "\n\nby nobody\n\nbegan 9\n  last line \xc3\xa4",
        line[] = "x\n";
    static const struct history_run rows[] = {
        { .by = none, .left = none, .screen = none },
        { .began = 1, .ended = 2, .by = none, .left = none, .screen = line },
        { .began = 1700000000, .ended = 4102444800, .result = 137, .by = stop,
          .peak = 123456, .swept = 3, .left = left,
          .dropped = 18000000000, .memory_kills = 2, .screen = screen },
        { .result = 255, .by = stop, .peak = -1, .left = none,
          .memory_kills = -1, .screen = screen },
    };
    struct record record;
    char *base = scratch_record(&record, &problem);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct history_run *row = &rows[i];
        struct history_run run;

        end(&record, row);
        ck_assert_msg(history_read(&record, 1, &run), "row %zu", i);
        ck_assert_msg(run.began == row->began && run.ended == row->ended
            && run.result == row->result && run.peak == row->peak
            && run.swept == row->swept && run.dropped == row->dropped
            && run.memory_kills == row->memory_kills, "row %zu", i);
        same_text(i, run.by, row->by);
        same_text(i, run.left, row->left);
        same_text(i, run.screen, row->screen);
        history_clear(&run);
        ck_assert_ptr_null(run.by);
        ck_assert_ptr_null(run.screen);
    }
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(five_runs_are_kept_and_the_last_is_the_first)
{
    static char by[] = "kill", screen[] = "";
    struct record record;
    struct history_run run;
    char *base = scratch_record(&record, &problem);

    ck_assert(!history_read(&record, 1, &run));
    ck_assert_ptr_null(run.screen);
    for (int written = 1; written <= HISTORY_RUNS + 2; written++) {
        struct history_run one = { .result = written, .by = by,
            .screen = screen };

        end(&record, &one);
        runs_prune(&record);
        for (int i = 1; i <= HISTORY_RUNS + 1; i++) {
            bool there = i <= written && i <= HISTORY_RUNS;

            ck_assert_msg(history_read(&record, i, &run) == there,
                "%d of %d", i, written);
            ck_assert_msg(run.result == (there ? written + 1 - i : 0),
                "%d of %d: %d", i, written, run.result);
            history_clear(&run);
        }
    }
    ck_assert(!history_read(&record, 0, &run));
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(what_is_no_run_is_none_and_what_is_missing_is_nothing)
{
    static const struct {
        const char *text;
        bool there;
        long long ended;
        const char *by, *screen;
    } rows[] = {
        { "", false, 0, NULL, NULL },
        { "began 1\nended 2\n", false, 0, NULL, NULL },
        { "\n", false, 0, NULL, NULL },
        { "\n\n", true, 0, "", "" },
        { "rubbish\n\nby kill\n", true, 0, "", "by kill\n" },
        { "by a\nended 2\n\n", true, 2, "a", "" },
        { "ended x\n\n", true, 0, "", "" },
        /* A line of a later version. */
        { "colour 3\nended 2\n\na\n\nb", true, 2, "", "a\n\nb" },
    };
    struct record record;
    char *base = scratch_record(&record, &problem);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct history_run run;

        ck_assert(record_write(&record, "end", rows[i].text, &problem));
        ck_assert_msg(history_read_run(&record, &run) == rows[i].there,
            "row %zu", i);
        ck_assert_msg(run.ended == rows[i].ended, "row %zu", i);
        same_text(i, run.by, rows[i].by);
        same_text(i, run.screen, rows[i].screen);
        history_clear(&run);
    }
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(an_end_is_told_in_words)
{
    static char none[] = "", stop[] = "stop";
    const struct {
        int result;
        char *by;
        long kills;
        const char *text;
    } rows[] = {
        { 0, none, 0, "ended with status 0" },
        { 2, none, -1, "ended with status 2" },
        { 0, stop, 0, "ended with status 0, asked by stop" },
        { 128, none, 0, "ended with status 128" },
        { 128 + SIGHUP, none, 0, "ended by signal 1 (Hangup)" },
        { 128 + SIGKILL, stop, 0,
          "ended by signal 9 (Killed), asked by stop" },
        { 128 + SIGKILL, none, 1, "ended by signal 9 (Killed); the kernel "
          "killed 1 process in that time for lack of memory" },
        { 1, stop, 2, "ended with status 1, asked by stop; the kernel "
          "killed 2 processes in that time for lack of memory" },
        { 128 + SIGRTMAX + 1, none, 0, NULL },
        { 255, none, 0, "ended with status 255" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct history_run run = { .result = rows[i].result,
            .by = rows[i].by, .memory_kills = rows[i].kills };
        char *text = history_describe(&run);

        if (rows[i].text != NULL)
            same_text(i, text, rows[i].text);
        else
            ck_assert_msg(strncmp(text, "ended with status ", 18) == 0,
                "row %zu: %s", i, text);
        free(text);
    }
}
END_TEST

UNIT_TESTS("history",
    a_run_is_read_as_it_was_written,
    five_runs_are_kept_and_the_last_is_the_first,
    what_is_no_run_is_none_and_what_is_missing_is_nothing,
    an_end_is_told_in_words)
