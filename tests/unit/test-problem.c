/* test-problem.c - sentences gather, and the worst status wins. */
#include "unit.h"

#include <errno.h>
#include <unistd.h>

#include "base/problem.h"

START_TEST(no_problem_is_all_zeroes)
{
    struct problem problem = {0};

    ck_assert_ptr_null(problem.text);
    ck_assert_int_eq(problem.status, STATUS_DONE);
    problem_clear(&problem);
    ck_assert_ptr_null(problem.text);
}
END_TEST

START_TEST(setting_a_problem_is_false)
{
    struct problem problem = {0};

    ck_assert(!problem_add(&problem, STATUS_CONFIG, "%s:%d: no %s", "f", 3,
        "key"));
    ck_assert_str_eq(problem.text, "f:3: no key");
    ck_assert_int_eq(problem.status, STATUS_CONFIG);
    problem_clear(&problem);
    ck_assert_ptr_null(problem.text);
    ck_assert_int_eq(problem.status, STATUS_DONE);
}
END_TEST

START_TEST(sentences_stand_in_the_order_they_were_said)
{
    struct problem problem = {0};

    problem_add(&problem, STATUS_UNAVAILABLE, "one");
    problem_add(&problem, STATUS_CONFIG, "two");
    problem_add(&problem, STATUS_USAGE, "three");
    ck_assert_str_eq(problem.text, "one\ntwo\nthree");
    ck_assert_int_eq(problem.status, STATUS_CONFIG);
    problem_clear(&problem);
}
END_TEST

START_TEST(a_percent_sign_in_an_argument_is_only_a_letter)
{
    struct problem problem = {0};

    problem_add(&problem, STATUS_USAGE, "no %s", "%s%n%h");
    problem_add(&problem, STATUS_USAGE, "nor %s", "100%");
    ck_assert_str_eq(problem.text, "no %s%n%h\nnor 100%");
    problem_clear(&problem);
}
END_TEST

START_TEST(no_password_is_in_a_sentence)
{
    struct problem problem = {0};

    problem_add(&problem, STATUS_USAGE, "cannot run \"%s\"",
        "git pull https://me:secret@git.example/x");
    ck_assert_str_eq(problem.text,
        "cannot run \"git pull https://me:****@git.example/x\"");
    problem_clear(&problem);
}
END_TEST

/* What `problem` looks like on standard error; the caller frees it. */
static char *
printed(const struct problem *problem)
{
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    char *text = calloc(1, 4096);

    ck_assert(file && text && before >= 0);
    dup2(fileno(file), STDERR_FILENO);
    problem_print(problem);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    ck_assert_uint_lt(fread(text, 1, 4095, file), 4095);
    fclose(file);
    return text;
}

START_TEST(every_sentence_is_printed_behind_the_programs_name)
{
    static const struct {
        const char *text, *desired;
    } rows[] = {
        { "one", "celery-tmux-launch: one\n" },
        { "one\ntwo", "celery-tmux-launch: one\ncelery-tmux-launch: two\n" },
        /* What is indented belongs to the sentence before. */
        { "one\n  more\ntwo",
          "celery-tmux-launch: one\n  more\ncelery-tmux-launch: two\n" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct problem problem = {0};
        char *text;

        problem_add(&problem, STATUS_USAGE, "%s", rows[i].text);
        text = printed(&problem);
        same_text(i, text, rows[i].desired);
        free(text);
        problem_clear(&problem);
    }
}
END_TEST

START_TEST(no_problem_prints_nothing)
{
    struct problem problem = {0};
    char *text = printed(&problem);

    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

/* The order is a promise: `pdsh -S` returns the largest of the nodes'. */
START_TEST(statuses_are_ordered_by_severity)
{
    static const enum status rising[] = {
        STATUS_DONE, STATUS_STOPPED, STATUS_DEAD, STATUS_UNCHANGED,
        STATUS_USAGE, STATUS_UNAVAILABLE, STATUS_INTERNAL, STATUS_AGAIN,
        STATUS_PERMISSION, STATUS_CONFIG,
    };
    static const int desired[] = { 0, 3, 4, 10, 64, 69, 70, 75, 77, 78 };

    for (size_t i = 0; i < COUNT_OF(rising); i++) {
        ck_assert_int_eq(rising[i], desired[i]);
        for (size_t j = 0; j < COUNT_OF(rising); j++)
            ck_assert_int_eq(status_worse(rising[i], rising[j]),
                rising[i > j ? i : j]);
    }
}
END_TEST

START_TEST(a_limit_has_its_own_way_out)
{
    ck_assert_str_eq(problem_way_out(ENOSPC, "make room"), "make room");
    ck_assert_ptr_nonnull(strstr(problem_way_out(EMFILE, "x"), "ulimit -n"));
    ck_assert_ptr_nonnull(strstr(problem_way_out(ENFILE, "x"), "file-max"));
}
END_TEST

UNIT_TESTS("problem",
    no_problem_is_all_zeroes,
    setting_a_problem_is_false,
    sentences_stand_in_the_order_they_were_said,
    a_percent_sign_in_an_argument_is_only_a_letter,
    no_password_is_in_a_sentence,
    every_sentence_is_printed_behind_the_programs_name,
    no_problem_prints_nothing,
    statuses_are_ordered_by_severity,
    a_limit_has_its_own_way_out)
