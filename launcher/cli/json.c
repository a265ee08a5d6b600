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

static FILE *
json_file(const struct json *json)
{
    return json->file ? json->file : plain_out;
}

static void
print_string(FILE *file, const char *text)
{
    size_t length;

    putc('"', file);
    for (; *text; text += length ? length : 1) {
        char letter[5] = "";

        length = letter_length(text);
        memcpy(letter, text, length);
        if (length == 0)
            fputs("\\ufffd", file);
        else if (*text == '"' || *text == '\\')
            fprintf(file, "\\%c", *text);
        else if (length == 1 && (*text < ' ' || *text == '\x7f'))
            fprintf(file, "\\u%04x", (unsigned)*text);
        else if (length > 1 && !is_plain_letter(letter))
            fprintf(file, "\\u%04x", letter_code(letter, length));
        else
            fputs(letter, file);
    }
    putc('"', file);
}

static void
print_key(struct json *json, const char *key)
{
    fprintf(json_file(json), "%s\"%s\": ", json->begun ? ", " : "{", key);
    json->begun = true;
}

void
json_text(struct json *json, const char *key, const char *text)
{
    print_key(json, key);
    if (text != NULL)
        print_string(json_file(json), text);
    else
        fputs("null", json_file(json));
}

void
json_number(struct json *json, const char *key, long long number)
{
    print_key(json, key);
    fprintf(json_file(json), "%lld", number);
}

void
json_switch(struct json *json, const char *key, bool on)
{
    print_key(json, key);
    fputs(on ? "true" : "false", json_file(json));
}

void
json_words(struct json *json, const char *key, const struct words *words)
{
    if (words == NULL) {
        json_text(json, key, NULL);
        return;
    }
    print_key(json, key);
    putc('[', json_file(json));
    for (size_t i = 0; i < words->count; i++) {
        fputs(i ? ", " : "", json_file(json));
        print_string(json_file(json), words->word[i]);
    }
    putc(']', json_file(json));
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
    fputs(json->begun ? "}" : "{}", json_file(json));
    json->begun = true;
}

void
json_list(struct json *json, const char *key)
{
    print_key(json, key);
    putc('[', json_file(json));
    json->begun = false;
}

void
json_item(struct json *json)
{
    fputs(json->begun ? ", " : "", json_file(json));
    json->begun = false;
}

void
json_list_end(struct json *json)
{
    putc(']', json_file(json));
    json->begun = true;
}
