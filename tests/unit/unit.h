/*
 * unit.h - what every unit test program begins with, so that each of them is
 * a list of tests and nothing else.
 *
 *     START_TEST(an_empty_list_has_no_words) { … } END_TEST
 *     UNIT_TESTS("words", an_empty_list_has_no_words, …)
 *
 * A test loops over the rows of a table and names the row that fails with the
 * message of ck_assert_msg().  Check runs each test in a process of its own.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

/* The texts are equal, or both are NULL; `row` says where in the table. */
static inline void
same_text(size_t row, const char *found, const char *desired)
{
    bool same = found && desired ? strcmp(found, desired) == 0
        : found == desired;

    ck_assert_msg(same, "row %zu: found \"%s\", wanted \"%s\"", row,
        found ? found : "(null)", desired ? desired : "(null)");
}

static inline int
run_unit_tests(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *group = tcase_create("all");
    SRunner *runner;
    int failed;

    for (size_t i = 0; i < count; i++)
        tcase_add_test(group, tests[i]);
    /* Check's 4 s are too few for a sanitizer on a busy machine. */
    tcase_set_timeout(group, 300);
    suite_add_tcase(suite, group);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* main() of a test program: run the tests named, in this order. */
#define UNIT_TESTS(name, ...) \
    int \
    main(void) \
    { \
        const TTest *tests[] = { __VA_ARGS__ }; \
        return run_unit_tests(name, tests, COUNT_OF(tests)); \
    }

#endif
