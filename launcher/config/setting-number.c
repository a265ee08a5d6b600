/*
 * setting-number.c - settings that are made of numbers.
 */
#include "config/setting-reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

bool
reading_number(const struct reading *reading, const char *text)
{
    const struct setting *setting = reading->setting;
    char *canonical;
    long number;

    if (!text_to_long(text, &number) || number < setting->minimum
        || number > setting->maximum)
        return reading_wrong(reading, text,
            "write a whole number from %ld to %ld",
            setting->minimum, setting->maximum);
    canonical = text_format("%ld", number);
    reading_take(reading, canonical);
    free(canonical);
    return true;
}

/* "007.50" becomes "7.5". */
bool
reading_decimal(const struct reading *reading, const char *text)
{
    const struct setting *setting = reading->setting;
    size_t digits = strspn(text, "0123456789"), fraction;
    const char *rest = text + digits + (text[digits] == '.');
    char *head = text_copy_part(text, digits), *canonical;
    long whole = 0;
    bool good;

    fraction = text[digits] == '.' ? strspn(rest, "0123456789") : 0;
    good = digits > 0 && rest[fraction] == '\0' && text_to_long(head, &whole);
    while (fraction > 0 && rest[fraction - 1] == '0')
        fraction--;
    good = good && whole >= setting->minimum && (whole < setting->maximum
        || (whole == setting->maximum && fraction == 0));
    free(head);
    if (!good)
        return reading_wrong(reading, text,
            "write a number from %ld to %ld, as in "
            "90 or 1.5", setting->minimum, setting->maximum);
    canonical = text_format("%ld%s%.*s", whole, fraction ? "." : "",
        (int)fraction, rest);
    reading_take(reading, canonical);
    free(canonical);
    return true;
}

/* "16", "50%" and "all-2"; what they come to is known only on the node. */
bool
reading_concurrency(const struct reading *reading, const char *text)
{
    char *part = NULL, *canonical = NULL;
    bool good = false;
    long number;

    if (text_ends(text, "%")) {
        part = text_copy_part(text, strlen(text) - 1);
        good = text_to_long(part, &number) && number >= 1 && number <= 100;
        if (good)
            canonical = text_format("%ld%%", number);
    } else if (strcmp(text, "all") == 0) {
        good = true;
        canonical = text_copy("all");
    } else if (text_starts(text, "all-")) {
        good = text_to_long(text + 4, &number) && number >= 0
            && number <= reading->setting->maximum;
        if (good)
            canonical = text_format("all-%ld", number);
    } else {
        good = text_to_long(text, &number) && number >= 1
            && number <= reading->setting->maximum;
        if (good)
            canonical = text_format("%ld", number);
    }
    if (good)
        reading_take(reading, canonical);
    else
        reading_wrong(reading, text,
            "write a number from 1 to %ld, a share such as "
            "\"50%%\", or \"all-2\"", reading->setting->maximum);
    free(canonical);
    free(part);
    return good;
}

bool
reading_autoscale(const struct reading *reading, const char *text)
{
    struct words parts = {0};
    long most = 0, least = 0;
    char *canonical;
    bool good;

    words_add_parts(&parts, text, ",");
    good = parts.count <= 2 && text_to_long(parts.word[0], &most)
        && (parts.count == 1 || text_to_long(parts.word[1], &least))
        && least >= 0 && most >= 1 && most <= reading->setting->maximum
        && least <= most;
    canonical = parts.count == 1 ? text_format("%ld", most)
        : text_format("%ld,%ld", most, least);
    words_clear(&parts);
    if (good)
        reading_take(reading, canonical);
    else
        reading_wrong(reading, text,
            "write the largest and the smallest number of "
            "processes, as in \"10,3\"");
    free(canonical);
    return good;
}

bool
reading_umask(const struct reading *reading, const char *text)
{
    char *end, *canonical;
    unsigned long mask = strtoul(text, &end, 8);

    if (*text == '\0' || text[strspn(text, "01234567")] != '\0'
        || mask > 0777)
        return reading_wrong(reading, text,
            "write an octal number from 000 to 777 "
            "in quotes, as in \"022\"");
    canonical = text_format("%03lo", mask);
    reading_take(reading, canonical);
    free(canonical);
    return true;
}
