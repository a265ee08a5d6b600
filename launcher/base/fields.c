/*
 * fields.c - looks up a key.
 */
#include "base/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What stands behind the key, to the end of the text; NULL: no such line. */
static const char *
find_value(const char *text, const char *key)
{
    size_t length = strlen(key);

    while (text != NULL && *text) {
        if (strncmp(text, key, length) == 0 && text[length] == ' ')
            return text + length + 1;
        text = strchrnul(text, '\n');
        text += *text != '\0';
    }
    return NULL;
}

bool
fields_have(const char *text, const char *key)
{
    return find_value(text, key) != NULL;
}

char *
fields_value(const char *text, const char *key)
{
    const char *value = find_value(text, key);

    return value == NULL ? text_copy("")
        : text_copy_part(value, strcspn(value, "\n"));
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
