/* test-json.c - a string of JSON survives the filter of what is printed. */
#include "unit-help.h"

#include "base/plain.h"
#include "cli/json.h"

static const struct {
    const char *text, *desired;
} rows[] = {
    { "", "\"\"" },
    { "M\u00fcnch \u20ac \U0001f600", "\"M\u00fcnch \u20ac \U0001f600\"" },
    { "a\"b\\c", "\"a\\\"b\\\\c\"" },
    { "\n\t\r\033[31m\x01\x7f", "\"\\u000a\\u0009\\u000d\\u001b[31m\\u0001"
      "\\u007f\"" },
    /* C1, lines that are none, writing that turns. */
    { "\xc2\x9b" "31m\xc2\x80\u00a0", "\"\\u009b31m\\u0080\u00a0\"" },
    { "\u2028\u2029\u202a\u202e\u2066\u2069\u2070",
      "\"\\u2028\\u2029\\u202a\\u202e\\u2066\\u2069\u2070\"" },
    /* What is no UTF-8, a byte at a time. */
    { "\x9b" "a\xff\xc3", "\"\\ufffda\\ufffd\\ufffd\"" },
    { "\xe2\x82x", "\"\\ufffd\\ufffdx\"" },
    { "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
};

/* What json_print() prints; freed by the caller. */
static char *
printed(const char *text)
{
    FILE *before = plain_out;
    char *made = NULL;
    size_t size;

    plain_out = open_memstream(&made, &size);
    json_print(text);
    fclose(plain_out);
    plain_out = before;
    return made;
}

START_TEST(a_text_is_printed_as_json)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *made = printed(rows[i].text), *plain = plain_text(made);

        same_text(i, made, rows[i].desired);
        same_text(i, plain, made);
        free(plain);
        free(made);
    }
}
END_TEST

UNIT_TESTS("json",
    a_text_is_printed_as_json)
