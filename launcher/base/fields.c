/*
 * fields.c - looks up a key.
 */
#include "base/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

char *
fields_value(const char *text, const char *key)
{
    size_t length = strlen(key);

    while (text != NULL && *text) {
        size_t line = strcspn(text, "\n");

        if (line > length && strncmp(text, key, length) == 0
            && text[length] == ' ')
            return text_copy_part(text + length + 1, line - length - 1);
        text += line + (text[line] == '\n');
    }
    return text_copy("");
}

long long
fields_number(const char *text, const char *key)
{
    char *value = fields_value(text, key), *end;
    long long number;

    /* A long has 32 bits on some machines, too few for milliseconds. */
    errno = 0;
    number = strtoll(value, &end, 10);
    if (errno != 0 || *end != '\0')
        number = 0;
    free(value);
    return number;
}
