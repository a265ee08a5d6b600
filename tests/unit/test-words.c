/* test-words.c - argument vectors. */
#include "unit.h"

#include "base/words.h"

/* The list has these words, and NULL behind them. */
static void
same_words(size_t row, const struct words *words, const char *const *desired)
{
    size_t count = 0;

    while (desired[count] != NULL)
        count++;
    ck_assert_msg(words->count == count, "row %zu: %zu words, wanted %zu",
        row, words->count, count);
    for (size_t i = 0; i < count; i++)
        same_text(row, words->word[i], desired[i]);
    if (count > 0)
        ck_assert_msg(words->word[count] == NULL, "row %zu: no NULL", row);
}

START_TEST(an_empty_list_is_all_zeroes)
{
    struct words words = {0}, other = {0};

    ck_assert(words_equal(&words, &other));
    ck_assert(!words_contain(&words, ""));
    words_add_all(&words, &other);
    ck_assert_uint_eq(words.count, 0);
    words_clear(&words);
    words_clear(&words);
    ck_assert_ptr_null(words.word);
}
END_TEST

START_TEST(a_list_grows_and_always_ends_in_null)
{
    struct words words = {0};

    for (size_t i = 0; i < 1000; i++) {
        words_addf(&words, "word %zu", i);
        ck_assert_uint_eq(words.count, i + 1);
        ck_assert_ptr_null(words.word[i + 1]);
    }
    ck_assert_str_eq(words.word[0], "word 0");
    ck_assert_str_eq(words.word[999], "word 999");
    words_clear(&words);
    ck_assert_uint_eq(words.count, 0);
    words_add(&words, "again");
    same_words(0, &words, (const char *[]){ "again", NULL });
    words_clear(&words);
}
END_TEST

START_TEST(many_words_are_added_at_once_and_sorted_by_bytes)
{
    struct words words = {0};

    words_sort(&words);
    ck_assert_uint_eq(words.count, 0);
    words_add_list(&words, "b", "a", "\xc3\xa4", "", "B", "a", NULL);
    same_words(0, &words, (const char *const []){ "b", "a", "\xc3\xa4", "",
        "B", "a", NULL });
    words_sort(&words);
    same_words(1, &words, (const char *const []){ "", "B", "a", "a", "b",
        "\xc3\xa4", NULL });
    words_clear(&words);
}
END_TEST

START_TEST(a_list_owns_copies)
{
    struct words words = {0}, more = {0};
    char text[] = "one";

    words_add(&words, text);
    words_add_all(&more, &words);
    text[0] = 'x';
    words.word[0][1] = 'y';
    same_words(0, &words, (const char *[]){ "oye", NULL });
    same_words(1, &more, (const char *[]){ "one", NULL });
    words_clear(&words);
    words_clear(&more);
}
END_TEST

START_TEST(parts_between_separators_are_added_empty_ones_too)
{
    static const struct {
        const char *text, *separators, *desired[6];
    } rows[] = {
        { "", ",", { "" } },
        { "video", ",", { "video" } },
        { "video,image", ",", { "video", "image" } },
        { ",", ",", { "", "" } },
        { ",a,", ",", { "", "a", "" } },
        { "a,,b", ",", { "a", "", "b" } },
        { "/lib:/opt,/usr", ":,", { "/lib", "/opt", "/usr" } },
        { "a b", ",", { "a b" } },
        { "a,b", "", { "a,b" } },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words words = {0};

        words_add_parts(&words, rows[i].text, rows[i].separators);
        same_words(i, &words, rows[i].desired);
        words_clear(&words);
    }
}
END_TEST

START_TEST(a_line_is_split_as_a_shell_would)
{
    static const struct {
        const char *text, *desired[8];
    } rows[] = {
        { "", { NULL } },
        { "  \t\n ", { NULL } },
        { "celery", { "celery" } },
        { "  conda run\t-n\nx  celery ",
          { "conda", "run", "-n", "x", "celery" } },
        { "''", { "" } },
        { "\"\"", { "" } },
        { "'' \"\" a", { "", "", "a" } },
        { "'a b' \"c d\"", { "a b", "c d" } },
        { "a'b c'd", { "ab cd" } },
        { "a\"b c\"d'e'\\f", { "ab cdef" } },
        { "a\\ b", { "a b" } },
        { "\\'a\\\"", { "'a\"" } },
        { "'a\\b'", { "a\\b" } },
        { "\"a\\b\\\"c\\\\d\"", { "a\\b\"c\\d" } },
        { "\"\\$x \\`y\"", { "$x `y" } },
        { "'$x `y`'", { "$x `y`" } },
        { "'|&;<>()*?['", { "|&;<>()*?[" } },
        { "\\| \\$x \\*", { "|", "$x", "*" } },
        { "a#b '#'", { "a#b", "#" } },
        { "''#b", { "#b" } },
        { "A=1 celery", { "A=1", "celery" } },
        { "s\xc3\xa9lery", { "s\xc3\xa9lery" } },
        /* A backslash at the end of a line joins it to the next. */
        { "a\\\nb", { "ab" } },
        { "\"a\\\nb\"", { "ab" } },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words words = {0};
        const char *reason = "not touched";

        ck_assert_msg(words_add_shell(&words, rows[i].text, &reason),
            "row %zu: %s", i, reason);
        ck_assert_msg(reason == NULL, "row %zu: %s", i, reason);
        same_words(i, &words, rows[i].desired);
        words_clear(&words);
    }
}
END_TEST

START_TEST(what_is_no_simple_list_adds_nothing_and_has_a_reason)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        { "a|b", "operator" },
        { "a & b", "operator" },
        { "a; b", "operator" },
        { "a > b", "operator" },
        { "a < b", "operator" },
        { "(a)", "operator" },
        { "$x", "substitution" },
        { "a$x", "substitution" },
        { "`a`", "substitution" },
        { "\"$x\"", "substitution" },
        { "\"a `b`\"", "substitution" },
        { "*.py", "pattern" },
        { "a?", "pattern" },
        { "[ab]", "pattern" },
        { "# a", "comment" },
        { "a #b", "comment" },
        { "'a", "quote" },
        { "\"a", "quote" },
        { "a'b' \"", "quote" },
        { "\"a\\", "quote" },
        { "a\\", "backslash" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words words = {0};
        const char *reason = NULL;

        words_add(&words, "before");
        ck_assert_msg(!words_add_shell(&words, rows[i].text, &reason),
            "row %zu: taken", i);
        ck_assert_msg(reason && strstr(reason, rows[i].reason),
            "row %zu: reason \"%s\"", i, reason ? reason : "(null)");
        same_words(i, &words, (const char *[]){ "before", NULL });
        words_clear(&words);
    }
}
END_TEST

START_TEST(a_line_for_a_shell_is_read_back_as_the_same_words)
{
    static const struct {
        const char *words[6], *desired;
    } rows[] = {
        { { NULL }, "" },
        { { "celery", "-A", "app" }, "celery -A app" },
        { { "" }, "''" },
        { { "", "", "a" }, "'' '' a" },
        { { "a b", "it's", "$x" }, "'a b' 'it'\\''s' '$x'" },
        { { "#", "*", "\\", "\n" }, "'#' '*' '\\' '\n'" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words words = {0}, again = {0};
        const char *reason;
        char *line;

        for (size_t n = 0; rows[i].words[n] != NULL; n++)
            words_add(&words, rows[i].words[n]);
        line = words_to_shell(&words);
        same_text(i, line, rows[i].desired);
        ck_assert_msg(words_add_shell(&again, line, &reason), "row %zu", i);
        ck_assert_msg(words_equal(&words, &again), "row %zu", i);
        free(line);
        words_clear(&words);
        words_clear(&again);
    }
}
END_TEST

START_TEST(words_are_joined)
{
    static const struct {
        const char *words[4], *separator, *desired;
    } rows[] = {
        { { NULL }, ",", "" },
        { { "a" }, ",", "a" },
        { { "a", "b", "c" }, ",", "a,b,c" },
        { { "a", "b" }, "", "ab" },
        { { "a", "b" }, " and ", "a and b" },
        { { "", "" }, ",", "," },
        { { "%s", "%d" }, "%", "%s%%d" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words words = {0};
        char *line;

        for (size_t n = 0; n < 4 && rows[i].words[n] != NULL; n++)
            words_add(&words, rows[i].words[n]);
        line = words_join(&words, rows[i].separator);
        same_text(i, line, rows[i].desired);
        free(line);
        words_clear(&words);
    }
}
END_TEST

START_TEST(lists_are_compared_word_by_word)
{
    static const struct {
        const char *one, *other;
        bool equal;
    } rows[] = {
        { "", "", true },
        { "a", "a", true },
        { "a b", "a b", true },
        { "a b", "b a", false },
        { "a", "a b", false },
        { "a b", "a", false },
        { "", "a", false },
        { "a ''", "a", false },
        { "'a b'", "a b", false },
        { "a", "A", false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words one = {0}, other = {0};
        const char *reason;

        words_add_shell(&one, rows[i].one, &reason);
        words_add_shell(&other, rows[i].other, &reason);
        ck_assert_msg(words_equal(&one, &other) == rows[i].equal,
            "row %zu", i);
        words_clear(&one);
        words_clear(&other);
    }
}
END_TEST

START_TEST(a_word_is_found_whole)
{
    struct words words = {0};

    words_add_parts(&words, "video,image,", ",");
    ck_assert(words_contain(&words, "video"));
    ck_assert(words_contain(&words, "image"));
    ck_assert(words_contain(&words, ""));
    ck_assert(!words_contain(&words, "vide"));
    ck_assert(!words_contain(&words, "videos"));
    ck_assert(!words_contain(&words, "video,image"));
    ck_assert(!words_contain_sorted(&(struct words){0}, ""));
    words_add(&words, "Zeta");
    words_sort(&words);
    for (size_t i = 0; i < words.count; i++)
        ck_assert(words_contain_sorted(&words, words.word[i]));
    ck_assert(!words_contain_sorted(&words, "vide"));
    ck_assert(!words_contain_sorted(&words, "videos"));
    ck_assert(!words_contain_sorted(&words, "a"));
    words_clear(&words);
}
END_TEST

UNIT_TESTS("words",
    an_empty_list_is_all_zeroes,
    a_list_grows_and_always_ends_in_null,
    many_words_are_added_at_once_and_sorted_by_bytes,
    a_list_owns_copies,
    parts_between_separators_are_added_empty_ones_too,
    a_line_is_split_as_a_shell_would,
    what_is_no_simple_list_adds_nothing_and_has_a_reason,
    a_line_for_a_shell_is_read_back_as_the_same_words,
    words_are_joined,
    lists_are_compared_word_by_word,
    a_word_is_found_whole)
