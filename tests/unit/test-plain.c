/* test-plain.c - what is printed moves no cursor and rings no bell. */
#include "unit-help.h"

#include "base/plain.h"

static const struct {
    const char *text, *desired;
} rows[] = {
    { "", "" },
    { "two\nlines\tand a tab\n", "two\nlines\tand a tab\n" },
    { "M\u00fcnch \u20ac \u65e5\u672c \U0001f600", "M\u00fcnch \u20ac "
      "\u65e5\u672c \U0001f600" },
    { "50%\r\n", "50%\n" },
    { "a\ab\bc\vd\fe\x01" "f\x7fg", "a?b?c?d?e?f?g" },
    /* Sequences: colours and the cursor go as a whole. */
    { "\033[31mred\033[0m", "red" },
    { "\033[2J\033[?1049h\033[1;1Hx", "x" },
    { "\033[31", "" }, { "\033", "" }, { "\033[", "" },
    { "\033[3\n1m", "\n1m" },
    { "\033[\033[31mx", "x" },
    { "\033[\u00fc", "\u00fc" },
    /* Of others what makes them one; nothing that follows is hidden. */
    { "\033]0;title\ax", "0;title?x" },
    { "\033]52;c;ZWNobw==\033\\x", "52;c;ZWNobw==x" },
    { "\033P1$r\033\\x", "1$rx" },
    { "\033cx", "x" }, { "\033(0x", "x" }, { "\033\033c\033x", "" },
    { "\033\nx", "\nx" }, { "\033\u00fc", "\u00fc" }, { "\033\x7fx", "?x" },
    /* C1, as a letter and as a byte. */
    { "\xc2\x9b" "31mx", "?31mx" }, { "\xc2\x80\xc2\x9f\u00a0", "??\u00a0" },
    { "\x9b" "31mx", "?31mx" }, { "\x80\x9fx", "??x" },
    { "\x9d" "0;x\x9c", "?0;x?" },
    /* What is no UTF-8. */
    { "\xff\xfe\xc0\xafx", "????x" }, { "\xc3x", "?x" }, { "x\xc3", "x?" },
    { "\xe2\x82x", "?x" }, { "\xe0\x80\xafx", "?x" },
    { "\xed\xa0\x80x", "?x" }, { "\xf4\x90\x80\x80x", "?x" },
    { "\xc3\xc3\xbcx", "?\u00fcx" }, { "\xe2\x9b\n", "?\n" },
    /* Lines that are none, and writing that turns. */
    { "a\u2028b\u2029c", "a?b?c" },
    { "\u202a\u202b\u202c\u202d\u202e", "?????" },
    { "\u2066\u2067\u2068\u2069\u2070", "????\u2070" },
};

START_TEST(a_text_becomes_plain)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *made = plain_text(rows[i].text);

        same_text(i, made, rows[i].desired);
        free(made);
    }
}
END_TEST

START_TEST(parts_become_the_same_wherever_they_are_cut)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t cut = 0; cut <= strlen(rows[i].text); cut++) {
            const char *text = rows[i].text;
            struct plain plain = {0};
            char *first = plain_part(&plain, text, cut);
            char *second = plain_part(&plain, text + cut, strlen(text + cut));
            char *both = text_format("%s%s%s", first, second,
                plain.have ? "?" : "");

            same_text(i, both, rows[i].desired);
            free(both);
            free(second);
            free(first);
        }
}
END_TEST

/* Every pair and some triples of bytes: nothing that steers comes out. */
static bool
is_harmless(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f
            || (*c == 0xc2 && c[1] < 0xa0))
            return false;
    return text_is_utf8(text);
}

START_TEST(nothing_hostile_comes_out_of_any_bytes)
{
    static const char lasts[] = "[]Pm\n?\033\x9b\xc2\xe2\xff\x80";

    for (int one = 0; one < 256; one++)
        for (int two = 0; two < 256; two++)
            for (size_t i = 0; i < sizeof lasts; i++) {
                char bytes[3] = { one, two, lasts[i] };
                struct plain plain = {0};
                char *made = plain_part(&plain, bytes, sizeof bytes);

                ck_assert_msg(is_harmless(made), "%02x %02x %02x", one, two,
                    (unsigned char)lasts[i]);
                free(made);
            }
}
END_TEST

START_TEST(a_nul_among_bytes_is_left_out)
{
    struct plain plain = {0};
    char *made = plain_part(&plain, "a\0b", 3);

    same_text(0, made, "ab");
    free(made);
}
END_TEST

UNIT_TESTS("plain",
    a_text_becomes_plain,
    parts_become_the_same_wherever_they_are_cut,
    nothing_hostile_comes_out_of_any_bytes,
    a_nul_among_bytes_is_left_out)
