/* test-fields.c - keys and values in lines, as in the files of a record. */
#include "unit.h"

#include "base/fields.h"

START_TEST(the_value_of_a_key_is_the_rest_of_its_line)
{
    static const struct {
        const char *text, *key, *value;
    } rows[] = {
        { "run a\n", "run", "a" },
        { "run a", "run", "a" },
        { "by stop\nrun a\n", "run", "a" },
        { "why a b  c \n", "why", "a b  c " },
        { "run  a\n", "run", " a" },
        { "run a\r\n", "run", "a\r" },
        /* The first of several. */
        { "run a\nrun b\n", "run", "a" },
        /* A key is a whole word at the beginning of a line. */
        { "runner a\nrun b\n", "run", "b" },
        { "run a\n", "runner", "" },
        { "run a\n", "ru", "" },
        { "the run a\n", "run", "" },
        { " run a\n", "run", "" },
        { "run\ta\n", "run", "" },
        { "RUN a\n", "run", "" },
        { "run=a\n", "run", "" },
        /* None, and none that is worth anything. */
        { "run\nrun b\n", "run", "b" },
        { "run \nrun b\n", "run", "" },
        { "run", "run", "" },
        { "\n\n\nrun a\n\n", "run", "a" },
        { "\n", "run", "" },
        { "", "run", "" },
        { NULL, "run", "" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *value = fields_value(rows[i].text, rows[i].key);

        same_text(i, value, rows[i].value);
        free(value);
    }
}
END_TEST

START_TEST(a_number_is_all_of_the_value_or_0)
{
    static const struct {
        const char *text;
        long long number;
    } rows[] = {
        { "n 0\n", 0 },
        { "n 7\n", 7 },
        { "n 007\n", 7 },
        { "n -5\n", -5 },
        { "n 2147483648\n", 2147483648 },
        { "n 9223372036854775807\n", 9223372036854775807 },
        { "n -9223372036854775807\n", -9223372036854775807 },
        { "n 1\nn 2\n", 1 },
        /* Too large, or none. */
        { "n 9223372036854775808\n", 0 },
        { "n -9223372036854775809\n", 0 },
        { "n 12x\n", 0 },
        { "n 1 2\n", 0 },
        { "n 1.5\n", 0 },
        { "n 0x10\n", 0 },
        { "n 1\r\n", 0 },
        { "n x\n", 0 },
        { "n -\n", 0 },
        { "n \n", 0 },
        { "m 5\n", 0 },
        { "", 0 },
        { NULL, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        long long number = fields_number(rows[i].text, "n");

        ck_assert_msg(number == rows[i].number, "row %zu: %lld", i, number);
    }
}
END_TEST

UNIT_TESTS("fields",
    the_value_of_a_key_is_the_rest_of_its_line,
    a_number_is_all_of_the_value_or_0)
