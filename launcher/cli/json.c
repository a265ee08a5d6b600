/*
 * json.c - prints JSON objects.
 */
#include "cli/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json-string.h"
#include "base/plain.h"

static FILE *
json_file(const struct json *json)
{
    return json->file ? json->file : plain_out;
}

static void
print_string(FILE *file, const char *text)
{
    char *string = json_string(text);

    fputs(string, file);
    free(string);
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
