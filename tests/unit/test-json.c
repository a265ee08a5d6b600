/* test-json.c - a string of JSON survives the filter of what is printed. */
#include "unit-help.h"
#include "printed.h"

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

static char *made;

START_TEST(a_text_is_printed_as_json)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *desired = text_format("{\"k\": %s}", rows[i].desired), *plain;
        struct json json = {0};

        printed_begin(&made);
        json_text(&json, "k", rows[i].text);
        json_end(&json);
        printed_end();
        plain = plain_text(made);
        same_text(i, made, desired);
        same_text(i, plain, made);
        free(plain);
        free(desired);
        free(made);
    }
}
END_TEST

START_TEST(members_stand_in_their_order)
{
    struct words words = {0};
    struct json json = {0};

    printed_begin(&made);
    json_text(&json, "a", NULL);
    json_words(&json, "b", NULL);
    json_words(&json, "c", &words);
    words_add(&words, "x");
    words_add(&words, "\"");
    json_words(&json, "d", &words);
    json_object(&json, "e");
    json_number(&json, "f", -1);
    json_number(&json, "g", 1LL << 40);
    json_end(&json);
    json_switch(&json, "h", true);
    json_switch(&json, "i", false);
    json_end(&json);
    printed_end();
    same_text(0, made, "{\"a\": null, \"b\": null, \"c\": [], \"d\": [\"x\", "
        "\"\\\"\"], \"e\": {\"f\": -1, \"g\": 1099511627776}, \"h\": true, "
        "\"i\": false}");
    free(made);
    words_clear(&words);
}
END_TEST

UNIT_TESTS("json",
    a_text_is_printed_as_json,
    members_stand_in_their_order)
