/*
 * json-string.c - letter by letter, for each may be one that must be escaped.
 */
#include "base/json-string.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain.h"
#include "base/text.h"

/* How many bytes the letter at `text` has; 0: it is no UTF-8. */
static size_t
letter_length(const char *text)
{
    char letter[5] = "";

    for (size_t i = 0; i < 4 && text[i]; i++) {
        letter[i] = text[i];
        if (text_is_utf8(letter))
            return i + 1;
    }
    return 0;
}

/* The number of a letter that has two or three bytes. */
static unsigned
letter_code(const char *letter, size_t length)
{
    unsigned code = (unsigned char)letter[0] & (length == 2 ? 0x1f : 0x0f);

    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)letter[i] & 0x3f);
    return code;
}

/* Would the filter of what is printed leave it as it is? */
static bool
is_plain_letter(const char *letter)
{
    char *made = plain_text(letter);
    bool same = strcmp(made, letter) == 0;

    free(made);
    return same;
}

static void
json_put_letter(FILE *file, const char *letter, size_t length)
{
    if (length == 0)
        fputs("\\ufffd", file);
    else if (*letter == '"' || *letter == '\\')
        fprintf(file, "\\%c", *letter);
    else if (length == 1 && (*letter < ' ' || *letter == '\x7f'))
        fprintf(file, "\\u%04x", (unsigned)*letter);
    else if (length > 1 && !is_plain_letter(letter))
        fprintf(file, "\\u%04x", letter_code(letter, length));
    else
        fputs(letter, file);
}

char *
json_string(const char *text)
{
    struct text_stream string;
    size_t length;

    text_open(&string);
    putc('"', string.file);
    for (; *text; text += length ? length : 1) {
        char letter[5] = "";

        length = letter_length(text);
        memcpy(letter, text, length);
        json_put_letter(string.file, letter, length);
    }
    putc('"', string.file);
    return text_close(&string);
}
