/*
 * printed.h - what the program prints, as a text instead of on standard
 * output.
 */
#ifndef PRINTED_H
#define PRINTED_H

#include <stdio.h>

#include "base/plain.h"

static FILE *printed_before;

/* From here on it comes into `text`, which is freed by the caller. */
static inline void
printed_begin(char **text)
{
    static size_t size;

    printed_before = plain_out;
    plain_out = open_memstream(text, &size);
}

static inline void
printed_end(void)
{
    fclose(plain_out);
    plain_out = printed_before;
}

#endif
