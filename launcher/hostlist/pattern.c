/*
 * pattern.c - brackets.  Names are made digit by digit in one piece
 * of memory, because printing a million of them should cost little more than
 * the printing.
 */
#include "hostlist/pattern.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Each bracket is a call inside another one; names have room for few. */
#define BRACKETS 100

#define DIGITS "0123456789"

/* "007-12": the numbers 7 to 12, three digits wide. */
struct range {
    unsigned long low, high;
    size_t width;
};

/* False, and `*number` the largest, for one that is too big. */
static bool
read_number(const char *digits, unsigned long *number)
{
    errno = 0;
    *number = strtoul(digits, NULL, 10);
    return errno == 0;
}

/*
 * Read a range at `at` and return what stands behind it; `at` itself when it
 * is none, NULL when a number is too big.
 */
static const char *
read_range(const char *at, struct range *range)
{
    /* No number is too big behind a range of a pattern that was checked. */
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
    const char *end = at + strspn(at, DIGITS), *high = at;

    if (end == at)
        return at;
    range->width = (size_t)(end - at);
    if (*end == '-') {
        high = end + 1;
        end = high + strspn(high, DIGITS);
        if (end == high)
            return at;
    }
    if (!read_number(at, &range->low) || !read_number(high, &range->high))
        return NULL;
    return end;
}

/* Numbers need to be right only up to a little above the limit. */
static size_t
limited(unsigned long number)
{
    return number > HOSTLIST_LIMIT ? HOSTLIST_LIMIT + 1 : number;
}

static size_t
limited_product(size_t one, size_t other)
{
    return other > 0 && one > HOSTLIST_LIMIT / other ? HOSTLIST_LIMIT + 1
        : one * other;
}

/* Check one range, the text from `at` to `end`; add its size to `*count`. */
static bool
check_range(const char *at, const char *end, const struct place *place,
    size_t *count)
{
    const size_t length = (size_t)(end - at);
    struct range range;
    const char *behind = read_range(at, &range);

    if (behind == NULL)
        return place_problem(place, at, length, "is beyond %lu, the largest "
            "number; write a smaller one", ULONG_MAX);
    if (behind != end || behind == at)
        return place_problem(place, at, length, "is not a range; write "
            "numbers such as 1-3 or 001-010, with commas and no blanks "
            "between them");
    if (range.low > range.high)
        return place_problem(place, at, length, "runs backwards; write the "
            "smaller number first");
    *count = limited(*count + limited(range.high - range.low) + 1);
    return true;
}

/* Check what stands between `open`, a bracket, and the one at `close`. */
static bool
check_bracket(const char *open, const char *close, const struct place *place,
    size_t *count)
{
    const char *at = open, *end;

    *count = 0;
    do {
        at++;
        end = memchr(at, ',', (size_t)(close - at));
        if (end == NULL)
            end = close;
        if (end == at)
            return place_problem(place, open, (size_t)(close - open) + 1,
                "lacks a number; write numbers such as [1-3,7]");
        if (!check_range(at, end, place, count))
            return false;
        at = end;
    } while (at < close);
    return true;
}

bool
pattern_check(const struct pattern *pattern, const struct place *place,
    size_t *count)
{
    const char *at = pattern->text, *end = at + pattern->length, *close;
    size_t brackets = 0, ranges;

    *count = 1;
    for (; at < end; at++) {
        if (*at == ']')
            return place_problem(place, pattern->text, pattern->length,
                "has a ] without a [ before it; leave it out or write the [");
        if (*at != '[')
            continue;
        close = memchr(at, ']', (size_t)(end - at));
        if (close == NULL)
            return place_problem(place, pattern->text, pattern->length,
                "has a [ without a ]; close it or leave it out");
        if (++brackets > BRACKETS)
            return place_problem(place, pattern->text, pattern->length,
                "has more than %d brackets; write fewer", BRACKETS);
        if (!check_bracket(at, close, place, &ranges))
            return false;
        *count = limited_product(*count, ranges);
        at = close;
    }
    return true;
}

/* Add one to the number written at `digits`; its length then. */
static size_t
count_up(char *digits, size_t length)
{
    size_t i = length;

    while (i > 0 && digits[i - 1] == '9')
        digits[--i] = '0';
    if (i > 0) {
        digits[i - 1]++;
        return length;
    }
    digits[0] = '1';
    digits[length] = '0';
    return length + 1;
}

struct making {
    const char *end;            /* of the pattern */
    char *name;
    hostlist_visit *visit;
    void *data;
};

/* Go on with the pattern from `at`, and with the name from `name`. */
static bool
make_names(const struct making *making, const char *at, char *name)
{
    const char *open = memchr(at, '[', (size_t)(making->end - at)), *close;
    size_t length = (size_t)((open ? open : making->end) - at);
    struct range range = {0};

    memcpy(name, at, length);
    name += length;
    if (open == NULL) {
        *name = '\0';
        return making->visit(making->name, making->data);
    }
    close = memchr(open, ']', (size_t)(making->end - open));
    for (at = open + 1; at < close; at++) {
        const char *low = at;

        at = read_range(at, &range);
        length = range.width;
        memcpy(name, low, length);
        for (;;) {
            if (!make_names(making, close + 1, name + length))
                return false;
            if (range.low++ == range.high)
                break;
            length = count_up(name, length);
        }
    }
    return true;
}

bool
pattern_each(const struct pattern *pattern, hostlist_visit *visit, void *data)
{
    struct making making = { .visit = visit, .data = data };
    bool finished;

    /* A number is never longer than the bracket it comes from. */
    making.end = pattern->text + pattern->length;
    making.name = text_allocate(pattern->length + 1, 1);
    finished = make_names(&making, pattern->text, making.name);
    free(making.name);
    return finished;
}

/* Is the number of `length` digits at `digits` one of the range's? */
static bool
in_range(const struct range *range, const char *digits, size_t length,
    unsigned long number)
{
    bool padded = length > 1 && *digits == '0';

    if (length < range->width || (padded && length > range->width))
        return false;
    return range->low <= number && number <= range->high;
}

static size_t
count_from(const char *at, const char *end, const char *name)
{
    const char *close;
    size_t count = 0;

    for (; at < end && *at != '['; at++, name++)
        if (*at != *name)
            return 0;
    if (at == end)
        return *name == '\0';
    close = memchr(at, ']', (size_t)(end - at));
    for (at++; at < close; at++) {
        struct range range = {0};
        unsigned long number = 0;

        at = read_range(at, &range);
        for (size_t i = 0; name[i] >= '0' && name[i] <= '9'; i++) {
            unsigned long digit = (unsigned long)(name[i] - '0');

            if (number > (ULONG_MAX - digit) / 10)
                break;
            number = 10 * number + digit;
            if (in_range(&range, name, i + 1, number))
                count += count_from(close + 1, end, name + i + 1);
        }
    }
    return count;
}

size_t
pattern_count(const struct pattern *pattern, const char *name)
{
    return count_from(pattern->text, pattern->text + pattern->length, name);
}
