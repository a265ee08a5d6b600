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
    long number;

    if (!text_to_long(text, &number) || number < setting->minimum
        || number > setting->maximum)
        return reading_wrong(reading, text,
            "write a whole number from %ld to %ld",
            setting->minimum, setting->maximum);
    words_addf(reading->value, "%ld", number);
    return true;
}

/* "007.50" becomes "7.5". */
bool
reading_decimal(const struct reading *reading, const char *text)
{
    const struct setting *setting = reading->setting;
    size_t digits = strspn(text, "0123456789"), fraction;
    const char *rest = text + digits + (text[digits] == '.');
    char *head = text_copy_part(text, digits);
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
        return reading_wrong(reading, text, "write a number from %ld to %ld, "
            "as in 90 or 1.5", setting->minimum, setting->maximum);
    words_addf(reading->value, "%ld%s%.*s", whole, fraction ? "." : "",
        (int)fraction, rest);
    return true;
}

/* "65536K" becomes "64M". */
bool
reading_size(const struct reading *reading, const char *text)
{
    static const char *const units[] = { "", "K", "M", "G", "T" };
    const long long most = 1LL << 40;
    long long size;
    int unit = 0;

    if (!text_to_size(text, &size) || size > most
        || (size != 0 && size < reading->setting->minimum))
        return reading_wrong(reading, text, "write 0, or a number of bytes "
            "from %ldK to 1T, as in \"64M\"",
            reading->setting->minimum / 1024);
    while (size != 0 && size % 1024 == 0 && units[unit + 1] != NULL) {
        size /= 1024;
        unit++;
    }
    words_addf(reading->value, "%lld%s", size, units[unit]);
    return true;
}

/* "16", "50%" and "all-2"; what they come to is known only on the node. */
bool
reading_concurrency(const struct reading *reading, const char *text)
{
    bool share = text_ends(text, "%"), all = text_starts(text, "all-");
    const char *from = text + (all ? strlen("all-") : 0);
    long number, most = share ? 100 : reading->setting->maximum;
    char *part = text_copy_part(from, strlen(from) - share);
    bool good = !(share && all) && text_to_long(part, &number)
        && number >= !all && number <= most;

    free(part);
    if (strcmp(text, "all") == 0)
        return reading_take(reading, text);
    if (!good)
        return reading_wrong(reading, text, "write a number from 1 to %ld, a "
            "share such as \"50%%\", or \"all-2\"", reading->setting->maximum);
    words_addf(reading->value, "%s%ld%s", all ? "all-" : "", number,
        share ? "%" : "");
    return true;
}

bool
reading_autoscale(const struct reading *reading, const char *text)
{
    struct words parts = {0};
    long most = 0, least = 0;
    bool good;

    words_add_parts(&parts, text, ",");
    good = parts.count <= 2 && text_to_long(parts.word[0], &most)
        && (parts.count == 1 || text_to_long(parts.word[1], &least))
        && least >= 0 && most >= 1 && most <= reading->setting->maximum
        && least <= most;
    if (!good)
        reading_wrong(reading, text, "write the largest and the smallest "
            "number of processes, as in \"10,3\"");
    else if (parts.count == 1)
        words_addf(reading->value, "%ld", most);
    else
        words_addf(reading->value, "%ld,%ld", most, least);
    words_clear(&parts);
    return good;
}

bool
reading_umask(const struct reading *reading, const char *text)
{
    unsigned long mask = strtoul(text, NULL, 8);

    if (*text == '\0' || text[strspn(text, "01234567")] != '\0'
        || mask > 0777)
        return reading_wrong(reading, text, "write an octal number from 000 "
            "to 777 in quotes, as in \"022\"");
    words_addf(reading->value, "%03lo", mask);
    return true;
}
