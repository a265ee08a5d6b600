/* test-text.c - strings on the heap. */
#include "unit.h"

#include <limits.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

START_TEST(copies_are_new_strings)
{
    static const struct {
        const char *text;
        size_t length;
        const char *desired;
    } rows[] = {
        { "", 0, "" },
        { "", 5, "" },
        { "celery", 0, "" },
        { "celery", 3, "cel" },
        { "celery", 6, "celery" },
        { "celery", 7, "celery" },
        { "celery", SIZE_MAX, "celery" },
        { "s\xc3\xa9lery", 3, "s\xc3\xa9" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *part = text_copy_part(rows[i].text, rows[i].length);
        char *whole = text_copy(rows[i].text);

        same_text(i, part, rows[i].desired);
        same_text(i, whole, rows[i].text);
        ck_assert_ptr_ne(whole, rows[i].text);
        free(part);
        free(whole);
    }
}
END_TEST

START_TEST(text_is_formatted_at_any_length)
{
    char *text = text_format("%s-%d%%", "gpu", 7), *wide;

    ck_assert_str_eq(text, "gpu-7%");
    free(text);
    wide = text_format("%100000s", "x");
    ck_assert_uint_eq(strlen(wide), 100000);
    ck_assert_int_eq(wide[99999], 'x');
    free(wide);
}
END_TEST

START_TEST(text_is_appended_to_nothing_and_to_something)
{
    char *text = NULL;

    text_append(&text, "%s", "");
    ck_assert_str_eq(text, "");
    text_append(&text, "%s", "a");
    text_append(&text, "%d%s", 1, "%s");
    ck_assert_str_eq(text, "a1%s");
    /* What is added may be the text itself. */
    text_append(&text, "%s", text);
    ck_assert_str_eq(text, "a1%sa1%s");
    free(text);
}
END_TEST

START_TEST(a_word_is_quoted_only_where_it_must_be)
{
    static const struct {
        const char *text, *desired;
    } rows[] = {
        { "celery", "celery" },
        { "-n", "-n" },
        { "video,image", "video,image" },
        { "a-z_A.Z/0:9@b%h+c=d", "a-z_A.Z/0:9@b%h+c=d" },
        { "", "''" },
        { " ", "' '" },
        { "a b", "'a b'" },
        { "a\nb", "'a\nb'" },
        { "~/repo", "'~/repo'" },
        { "$HOME", "'$HOME'" },
        { "a\"b", "'a\"b'" },
        { "a\\b", "'a\\b'" },
        { "it's", "'it'\\''s'" },
        { "'", "''\\'''" },
        { "''", "''\\'''\\'''" },
        { "*", "'*'" },
        { "[1]", "'[1]'" },
        { "a;b", "'a;b'" },
        { "#(date)", "'#(date)'" },
        { "{1,2}", "'{1,2}'" },
        { "!x", "'!x'" },
        { "^file", "'^file'" },
        { "=ls", "'=ls'" },
        { "s\xc3\xa9lery", "'s\xc3\xa9lery'" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *quoted = text_quote(rows[i].text);

        same_text(i, quoted, rows[i].desired);
        free(quoted);
    }
}
END_TEST

/* The judge of quoting is a shell: every byte but NUL has to pass through. */
START_TEST(a_shell_reads_back_what_was_quoted)
{
    char bytes[256] = "", command[2048], found[256] = "", *quoted;
    FILE *shell;

    for (int i = 1; i < 256; i++)
        bytes[i - 1] = (char)i;
    quoted = text_quote(bytes);
    snprintf(command, sizeof command, "LC_ALL=C printf %%s %s", quoted);
    shell = popen(command, "r");
    ck_assert_ptr_nonnull(shell);
    ck_assert_uint_eq(fread(found, 1, sizeof found, shell), 255);
    ck_assert_int_eq(pclose(shell), 0);
    ck_assert_mem_eq(found, bytes, 255);
    free(quoted);
}
END_TEST

START_TEST(whole_numbers_are_read)
{
    char largest[32], smallest[32];
    const struct {
        const char *text;
        long desired;
    } rows[] = {
        { "0", 0 },
        { "-0", 0 },
        { "7", 7 },
        { "+7", 7 },
        { "-7", -7 },
        { "007", 7 },               /* decimal, whatever it looks like */
        { "99999999999", 99999999999 },
        { largest, LONG_MAX },
        { smallest, LONG_MIN },
    };

    snprintf(largest, sizeof largest, "%ld", LONG_MAX);
    snprintf(smallest, sizeof smallest, "%ld", LONG_MIN);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        long number = 42;

        ck_assert_msg(text_to_long(rows[i].text, &number), "row %zu: \"%s\"",
            i, rows[i].text);
        ck_assert_msg(number == rows[i].desired, "row %zu: \"%s\" became %ld",
            i, rows[i].text, number);
    }
}
END_TEST

START_TEST(what_is_no_whole_number_changes_nothing)
{
    static const char *const rows[] = {
        "", "-", "+", "--1", "+-1", "1-", " 1", "1 ", "1\n", "\t1", "1 2",
        "0x10", "1e3", "1.0", "1,000", "one", "1L", "\xd9\xa1",
        "99999999999999999999", "-99999999999999999999",
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        long number = 42;

        ck_assert_msg(!text_to_long(rows[i], &number), "row %zu: \"%s\"", i,
            rows[i]);
        ck_assert_msg(number == 42, "row %zu: \"%s\" left %ld", i, rows[i],
            number);
    }
}
END_TEST

START_TEST(beginnings_and_endings_are_found)
{
    static const struct {
        const char *text, *part;
        bool starts, ends;
    } rows[] = {
        { "", "", true, true },
        { "a", "", true, true },
        { "", "a", false, false },
        { "celery", "celery", true, true },
        { "celery", "cel", true, false },
        { "celery", "ery", false, true },
        { "celery", "Cel", false, false },
        { "celery", "celery-", false, false },
        { "celery", "-celery", false, false },
        { "abab", "ab", true, true },
        { "celery", "ele", false, false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ck_assert_msg(text_starts(rows[i].text, rows[i].part)
            == rows[i].starts, "row %zu: starts", i);
        ck_assert_msg(text_ends(rows[i].text, rows[i].part)
            == rows[i].ends, "row %zu: ends", i);
    }
}
END_TEST

START_TEST(a_number_stands_behind_a_plus)
{
    static const struct {
        const char *text, *stem, *number;
    } rows[] = {
        { "a+2", "a", "2" },
        { "a+012", "a", "012" },
        { "a+1+2", "a+1", "2" },
        { "+2", "", "2" },
        { "a+1+2", "a", NULL },
        { "a", "a", NULL },
        { "a+", "a", NULL },
        { "a+2x", "a", NULL },
        { "a+-2", "a", NULL },
        { "ab+2", "a", NULL },
        { "b+2", "a", NULL },
        { "", "a", NULL },
        { "", "", NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *number = text_number(rows[i].text, rows[i].stem);

        ck_assert_msg((number != NULL) == (rows[i].number != NULL),
            "row %zu: %s", i, number);
        if (number != NULL)
            same_text(i, number, rows[i].number);
    }
}
END_TEST

START_TEST(the_distance_counts_changes_both_ways)
{
    static const struct {
        const char *one, *other;
        size_t desired;
    } rows[] = {
        { "", "", 0 },
        { "", "abc", 3 },
        { "queue", "queue", 0 },
        { "queue", "QUEUE", 0 },
        { "worker-dir", "worker_dir", 0 },
        { "queue", "queu", 1 },             /* dropped */
        { "queue", "queuee", 1 },           /* added */
        { "queue", "quaue", 1 },            /* changed */
        { "queue", "uqeue", 1 },            /* swapped */
        { "queue", "qeueu", 2 },            /* swapped twice */
        { "concurrency", "concurency", 1 },
        { "stop_timeout", "start_timeout", 3 },
        { "app", "broker", 6 },
        { "kitten", "sitting", 3 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t there = text_distance(rows[i].one, rows[i].other);
        size_t back = text_distance(rows[i].other, rows[i].one);

        ck_assert_msg(there == rows[i].desired, "row %zu: %zu", i, there);
        ck_assert_msg(back == there, "row %zu: %zu, but %zu back", i, there,
            back);
    }
}
END_TEST

START_TEST(memory_is_zeroed_and_grows)
{
    int *numbers = text_allocate(4, sizeof *numbers);

    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(numbers[i], 0);
        numbers[i] = i;
    }
    numbers = text_reallocate(numbers, 4000, sizeof *numbers);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(numbers[i], i);
    free(numbers);
    /* Even no memory at all is something to free. */
    numbers = text_allocate(0, sizeof *numbers);
    ck_assert_ptr_nonnull(numbers);
    free(numbers);
    numbers = text_reallocate(NULL, 0, 0);
    ck_assert_ptr_nonnull(numbers);
    free(numbers);
}
END_TEST

START_TEST(more_than_can_be_had_ends_the_program_with_70)
{
    pid_t child = fork();
    int status;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        fclose(stderr);
        text_reallocate(NULL, SIZE_MAX / 2, 4);     /* the product wraps */
        _Exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 70);
}
END_TEST

UNIT_TESTS("text",
    copies_are_new_strings,
    text_is_formatted_at_any_length,
    text_is_appended_to_nothing_and_to_something,
    a_word_is_quoted_only_where_it_must_be,
    a_shell_reads_back_what_was_quoted,
    whole_numbers_are_read,
    what_is_no_whole_number_changes_nothing,
    beginnings_and_endings_are_found,
    a_number_stands_behind_a_plus,
    the_distance_counts_changes_both_ways,
    memory_is_zeroed_and_grows,
    more_than_can_be_had_ends_the_program_with_70)
