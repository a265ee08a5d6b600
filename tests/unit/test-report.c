/* test-report.c - a line of a node that may be of any version, or hostile. */
#include "unit.h"

#include "base/text.h"
#include "top/report.h"
#include "top/ui.h"

/* In place of the main.c that is left out. */
bool
ui_is_ended(void)
{
    return false;
}

static bool
read_text(struct report *report, const char *text)
{
    return report_read(report, text, strlen(text));
}

START_TEST(what_is_not_said_is_not_known)
{
    struct report report;

    ck_assert(read_text(&report, "{\"worker\": \"gpu\"}"));
    ck_assert_str_eq(report.worker, "gpu");
    ck_assert_ptr_null(report.queue);
    ck_assert_ptr_null(report.state);
    ck_assert_ptr_null(report.revision);
    ck_assert_int_eq(report.busy, -1);
    ck_assert_int_eq(report.memory, -1);
    ck_assert_int_eq(report.since, 0);
    ck_assert(!report.stuck && !report.drifted);
    ck_assert_uint_eq(report.tasks, 0);
    ck_assert_int_eq(report_oldest(&report), 0);
    report_clear(&report);
}
END_TEST

START_TEST(a_whole_report_is_read)
{
    struct report report;

    ck_assert(read_text(&report, "{\"worker\": \"gpu\", \"queue\": \"q\", "
        "\"state\": \"running\", \"busy\": 2, \"processes\": 4, "
        "\"drifted\": [\"app\"], \"stuck\": true, "
        "\"since\": \"2026-01-01T00:00:00Z\", \"tasks\": ["
        "{\"name\": \"b\", \"began\": \"2026-01-01T00:01:00Z\"}, "
        "{\"name\": \"a\", \"began\": \"2026-01-01T00:00:30Z\"}], "
        "\"last_run\": {\"ended\": 1767225600, \"status\": 2}, "
        "\"others\": {\"3\": {\"state\": \"draining\"}}}"));
    ck_assert_str_eq(report.queue, "q");
    ck_assert_str_eq(report.state, "running");
    ck_assert_int_eq(report.busy, 2);
    ck_assert(report.stuck && report.drifted);
    ck_assert_int_eq(report.since, 1767225600);
    ck_assert_uint_eq(report.tasks, 2);
    ck_assert_str_eq(report.task[0].name, "b");
    ck_assert_int_eq(report_oldest(&report), 1767225630);
    ck_assert_int_eq(report.last_ended, 1767225600);
    ck_assert_int_eq(report.last_status, 2);
    ck_assert_uint_eq(report.runs.count, 1);
    ck_assert_ptr_nonnull(strstr(report.runs.word[0], "draining"));
    report_clear(&report);
}
END_TEST

static const char *const no_reports[] = {
    "", "null", "17", "\"worker\"", "[]", "{}", "[{\"worker\": \"gpu\"}]",
    "{\"worker\": \"\"}", "{\"worker\": 7}", "{\"worker\": null}",
    "{\"worker\": [\"gpu\"]}", "{\"Worker\": \"gpu\"}",
    "{\"worker\": \"gpu\"", "{\"worker\": \"gpu\"} {\"worker\": \"gpu\"}",
    "{\"worker\": \"gpu\", \"worker\": \"other\"}",
    /* No UTF-8, and a NUL. */
    "{\"worker\": \"\xff\"}", "{\"worker\": \"\xc2\"}",
    "{\"worker\": \"\xed\xa0\x80\"}", "{\"worker\": \"a\\u0000b\"}",
    "{\"worker\": \"\xc0\xaf\"}", "{\"worker\": \"\\ud800\"}",
    /* Numbers that no number can hold. */
    "{\"worker\": \"gpu\", \"busy\": 1e999}",
    "{\"worker\": \"gpu\", \"busy\": 99999999999999999999}",
    "\033[2J", "{\"worker\": \"\033[2J\"}",
};

START_TEST(what_is_no_report_leaves_nothing_to_clear)
{
    struct report report;

    for (size_t i = 0; i < COUNT_OF(no_reports); i++)
        ck_assert_msg(!read_text(&report, no_reports[i]), "row %zu: %s", i,
            no_reports[i]);
    ck_assert(!report_read(&report, "{\"worker\": \"a\0b\"}", 17));
}
END_TEST

/* A value of another kind, or one that is too large. */
static const struct {
    const char *value;
    long long desired;
} numbers[] = {
    { "0", 0 }, { "1000000000000", 1000000000000 },
    { "1000000000001", -1 }, { "9223372036854775807", -1 },
    { "-1", -1 }, { "-9223372036854775808", -1 }, { "2.5", -1 },
    { "1e3", -1 }, { "true", -1 }, { "null", -1 }, { "\"7\"", -1 },
    { "[7]", -1 }, { "{\"busy\": 7}", -1 },
};

START_TEST(a_number_is_one_that_can_be_added_up)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        char *text = text_format("{\"worker\": \"gpu\", \"busy\": %s, "
            "\"tasks\": %s, \"others\": %s, \"last_run\": %s, \"since\": %s}",
            numbers[i].value, numbers[i].value, numbers[i].value,
            numbers[i].value, numbers[i].value);
        struct report report;

        ck_assert_msg(read_text(&report, text), "row %zu", i);
        ck_assert_msg(report.busy == numbers[i].desired, "row %zu: %lld", i,
            report.busy);
        ck_assert_msg(report.since >= 0, "row %zu", i);
        ck_assert_uint_eq(report.tasks, 0);
        report_clear(&report);
        free(text);
    }
}
END_TEST

static const struct {
    const char *text;
    long long desired;
} times[] = {
    { "2026-01-01T00:00:00Z", 1767225600 }, { "1970-01-01T00:00:01Z", 1 },
    { "", 0 }, { "soon", 0 }, { "2026-01-01", 0 },
    { "2026-13-01T00:00:00Z", 0 }, { "99999-01-01T00:00:00Z", 0 }, { "2026-01-01T00:00:00", 0 },
};

START_TEST(a_time_is_one_or_not_known)
{
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        char *text = text_format("{\"worker\": \"w\", \"since\": \"%s\"}",
            times[i].text);
        struct report report;

        ck_assert(read_text(&report, text));
        ck_assert_msg(report.since == times[i].desired, "row %zu: %lld", i,
            report.since);
        report_clear(&report);
        free(text);
    }
}
END_TEST

/* `begin`, `part` so many times with commas, `end`. */
static char *
repeated(const char *begin, const char *part, size_t count, const char *comma,
    const char *end)
{
    struct text_stream stream;

    text_open(&stream);
    fputs(begin, stream.file);
    for (size_t i = 0; i < count; i++)
        fprintf(stream.file, "%s%s", i ? comma : "", part);
    fputs(end, stream.file);
    return text_close(&stream);
}

START_TEST(long_lists_are_cut_and_deep_ones_refused)
{
    char *text = repeated("{\"worker\": \"w\", \"tasks\": [",
        "{\"name\": \"t\"}", 3000, ",", "]}");
    struct report report;

    ck_assert(read_text(&report, text));
    ck_assert_uint_eq(report.tasks, 64);
    report_clear(&report);
    free(text);
    text = repeated("{\"worker\": \"w\", \"tasks\": ", "[", 30000, "", "");
    ck_assert(!read_text(&report, text));
    free(text);
    text = repeated("{\"worker\": \"w\", \"tasks\": ", "{\"a\":", 9000, "",
        "");
    ck_assert(!read_text(&report, text));
    free(text);
}
END_TEST

START_TEST(texts_are_kept_as_they_are)
{
    struct report report;

    /* What is shown of them is top/cell.h's. */
    ck_assert(read_text(&report, "{\"worker\": \"\\u001b[2J\\u202e\", "
        "\"tasks\": [{\"name\": \"\\u001b]0;t\\u0007\"}, {}, 7]}"));
    ck_assert_str_eq(report.worker, "\033[2J\u202e");
    ck_assert_uint_eq(report.tasks, 1);
    ck_assert_str_eq(report.task[0].name, "\033]0;t\a");
    report_clear(&report);
}
END_TEST

/* Else a key on the first of several instances would end all of them. */
START_TEST(a_call_is_for_the_worker_of_its_row_alone)
{
    static const struct {
        const char *said, *row, *named;
    } rows[] = {
        { "a", "a", "a" },
        { "a b a2", "a", "a" },
        { "a a+2", "a", "a+1" },
        { "a a+2", "a+2", "a+2" },
        { "a+3 a", "a", "a+1" },
        { "a ab+2 a+x a+", "a", "a" },
        /* There is one that is called so. */
        { "a a+1 a+2", "a", "a" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words names = {0}, said = {0}, words = {0};
        struct call call = { .hosts = "n1", .launcher = (char *)"l" };
        struct board board = {0};
        struct row *row = NULL;
        struct entry entry = { .row = &row, .count = 1 };
        size_t index = 0;

        words_add(&names, "n1");
        words_add_parts(&said, rows[i].said, " ");
        board_make(&board, &names);
        for (size_t j = 0; j < said.count; j++) {
            char *text = text_format("{\"worker\": \"%s\", \"session\": "
                "\"%s\"}", said.word[j], said.word[j]);

            board_take(&board, &board.node[0], text, strlen(text), 1);
            free(text);
        }
        do
            row = node_row(&board.node[0], &index);
        while (row && strcmp(row->report.worker, rows[i].row) != 0);
        ck_assert_ptr_nonnull(row);
        ck_assert(action_words(action_find('k'), &call, &entry, &words));
        same_text(i, words.word[words.count - 1], rows[i].named);
        board_clear(&board);
        words_clear(&words);
        words_clear(&said);
        words_clear(&names);
    }
}
END_TEST

UNIT_TESTS("report",
    what_is_not_said_is_not_known, a_whole_report_is_read,
    what_is_no_report_leaves_nothing_to_clear,
    a_number_is_one_that_can_be_added_up, a_time_is_one_or_not_known,
    long_lists_are_cut_and_deep_ones_refused, texts_are_kept_as_they_are,
    a_call_is_for_the_worker_of_its_row_alone)
