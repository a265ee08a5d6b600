/*
 * json.c - prints JSON objects.
 */
#include "cli/json.h"

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
print_string(const char *text)
{
    size_t length;

    putc('"', plain_out);
    for (; *text; text += length ? length : 1) {
        char letter[5] = "";

        length = letter_length(text);
        memcpy(letter, text, length);
        if (length == 0)
            fputs("\\ufffd", plain_out);
        else if (*text == '"' || *text == '\\')
            fprintf(plain_out, "\\%c", *text);
        else if (length == 1 && (*text < ' ' || *text == '\x7f'))
            fprintf(plain_out, "\\u%04x", (unsigned)*text);
        else if (length > 1 && !is_plain_letter(letter))
            fprintf(plain_out, "\\u%04x", letter_code(letter, length));
        else
            fputs(letter, plain_out);
    }
    putc('"', plain_out);
}

static void
print_key(struct json *json, const char *key)
{
    fprintf(plain_out, "%s\"%s\": ", json->begun ? ", " : "{", key);
    json->begun = true;
}

void
json_text(struct json *json, const char *key, const char *text)
{
    print_key(json, key);
    if (text != NULL)
        print_string(text);
    else
        fputs("null", plain_out);
}

void
json_number(struct json *json, const char *key, long long number)
{
    print_key(json, key);
    fprintf(plain_out, "%lld", number);
}

void
json_switch(struct json *json, const char *key, bool on)
{
    print_key(json, key);
    fputs(on ? "true" : "false", plain_out);
}

void
json_words(struct json *json, const char *key, const struct words *words)
{
    if (words == NULL) {
        json_text(json, key, NULL);
        return;
    }
    print_key(json, key);
    putc('[', plain_out);
    for (size_t i = 0; i < words->count; i++) {
        fputs(i ? ", " : "", plain_out);
        print_string(words->word[i]);
    }
    putc(']', plain_out);
}

void
json_object(struct json *json, const char *key)
{
    print_key(json, key);
    json->begun = false;
}

void
json_end(struct json *json)
{
    fputs(json->begun ? "}" : "{}", plain_out);
    json->begun = true;
}
