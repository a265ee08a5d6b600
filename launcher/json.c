/*
 * json.c - prints JSON strings.
 */
#include "json.h"

#include <ctype.h>
#include <stdio.h>

void
json_print(const char *text)
{
    putchar('"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if (iscntrl((unsigned char)*text))
            printf("\\u%04x", (unsigned char)*text);
        else
            putchar(*text);
    putchar('"');
}
