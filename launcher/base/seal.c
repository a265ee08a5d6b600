/*
 * seal.c - the sum of Fowler, Noll and Vo: each byte that is another
 * makes it another.
 */
#include "base/seal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SEAL "\n# sum "
#define SEAL_LENGTH (sizeof SEAL - 1 + 8 + 1)

static uint32_t
sum(const char *text)
{
    uint32_t value = 2166136261u;

    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        value = (value ^ *c) * 16777619u;
    return value;
}

static char *
seal_of(const char *text)
{
    return text_format(SEAL "%08x\n", (unsigned)sum(text));
}

char *
seal_text(const char *text)
{
    char *seal = seal_of(text), *sealed = text_format("%s%s", text, seal);

    free(seal);
    return sealed;
}

bool
seal_open(char *text)
{
    size_t length = strlen(text);
    char *seal = text + length - SEAL_LENGTH, *own;
    bool same;

    if (length < SEAL_LENGTH || !text_starts(seal, SEAL))
        return true;
    *seal = '\0';
    own = seal_of(text);
    *seal = *SEAL;
    same = strcmp(own, seal) == 0;
    free(own);
    if (same)
        *seal = '\0';
    return same;
}
