/*
 * setting-reading.h - between config/setting-read.c and
 * config/setting-number.c: one value on its way from how it was written to the
 * one way of writing it.
 */
#ifndef CONFIG_SETTING_READING_H
#define CONFIG_SETTING_READING_H

#include "config/setting.h"

struct reading {
    const struct setting *setting;
    const char *place;
    enum status status;
    struct words *value;        /* filled */
    struct problem *problem;
};

/*
 * PLACE: KEY is "TEXT"; ADVICE.  The text of a URL may be a secret and is
 * left out.  Always false.
 */
bool reading_wrong(const struct reading *reading, const char *text,
    const char *advice, ...) __attribute__((format(printf, 3, 4)));
/* Add `text` to the value.  Always true. */
bool reading_take(const struct reading *reading, const char *text);

/* The kinds that are made of numbers; false with a sentence. */
bool reading_number(const struct reading *reading, const char *text);
bool reading_decimal(const struct reading *reading, const char *text);
bool reading_size(const struct reading *reading, const char *text);
bool reading_concurrency(const struct reading *reading, const char *text);
bool reading_autoscale(const struct reading *reading, const char *text);
bool reading_umask(const struct reading *reading, const char *text);

#endif
