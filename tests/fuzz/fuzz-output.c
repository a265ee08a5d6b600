/*
 * fuzz-output.c - what workers, commands and users print, on its way to a
 * terminal: made plain in parts as the relay does, masked, its last lines.
 */
#include "fuzz.h"

#include "base/mask.h"
#include "base/plain.h"
#include "tmux/tmux.h"

static void
expect_plain(const char *text)
{
    fuzz_expect(text_is_utf8(text), "what is printed is UTF-8");
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        fuzz_expect(*c >= ' ' || *c == '\n' || *c == '\t', "and has no C0");
        fuzz_expect(*c != 0x7f, "no DEL");
        fuzz_expect(*c != 0xc2 || c[1] >= 0xa0, "no C1");
    }
}

/* Cut at any place it is the same; the first byte says where. */
static void
cut(const char *bytes, size_t size, const char *whole)
{
    struct plain plain = {0};
    char *text = text_copy("");
    size_t part = size > 0 ? 1 + (unsigned char)*bytes % 7 : 1;

    for (size_t at = 0; at < size; at += part) {
        char *made = plain_part(&plain, bytes + at,
            size - at < part ? size - at : part);

        text_append(&text, "%s", made);
        free(made);
    }
    if (plain.have > 0)
        text_append(&text, "?");
    fuzz_expect(strcmp(text, whole) == 0, "parts are as good as the whole");
    free(text);
}

static size_t
count_lines(const char *text)
{
    size_t lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_copy_part((const char *)data, size);
    char *plain = plain_text(text), *again = plain_text(plain);
    char *masked = mask_text(text), *last = tmux_last_lines(text, 3);
    struct words words = {0}, hidden = {0};
    struct plain parts = {0};
    char *bytes = plain_part(&parts, (const char *)data, size);

    expect_plain(plain);
    expect_plain(bytes);
    fuzz_expect(strcmp(plain, again) == 0, "what is plain stays as it is");
    cut(text, strlen(text), plain);
    fuzz_expect(count_lines(last) <= 3, "three lines are three at most");
    words_add_parts(&words, text, " ");
    mask_words(&words, &hidden);
    fuzz_expect(hidden.count == words.count, "a word stays one");
    words_clear(&hidden);
    words_clear(&words);
    free(bytes);
    free(last);
    free(masked);
    free(again);
    free(plain);
    free(text);
    return 0;
}
