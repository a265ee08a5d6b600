/*
 * fold.c - many names as one short list.  A name is cut into what is
 * before its number, the number and what is behind it; names sorted by these
 * stand beside those they share a bracket with.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "hostlist/hostlist.h"

/* Longer numbers stay text: they might be beyond what a range can hold. */
#define LONGEST 18

struct name {
    const char *text;           /* borrowed; what is before the number */
    size_t before;              /* its length */
    size_t digits;              /* of the number behind; 0: none */
    size_t behind;              /* the length of the rest */
    uint64_t number;
};

static bool
is_digit(char c)
{
    return isdigit((unsigned char)c);
}

/* Where the number ends that goes into a bracket; 0 when there is none. */
static size_t
number_end(const char *text, size_t length)
{
    size_t end = length;

    if (length > 0 && is_digit(text[length - 1]))
        return length;
    end = strcspn(text, ".");
    while (end > 0 && !is_digit(text[end - 1]))
        end--;
    return end;
}

static struct name
fold_split(const char *text)
{
    struct name name = { .text = text };
    size_t length = strlen(text), end = number_end(text, length);

    while (name.digits < end && is_digit(text[end - name.digits - 1]))
        name.digits++;
    if (name.digits == 0 || name.digits > LONGEST) {
        name.digits = 0;
        name.before = length;
        return name;
    }
    name.before = end - name.digits;
    name.behind = length - end;
    for (size_t i = name.before; i < end; i++)
        name.number = 10 * name.number + (uint64_t)(text[i] - '0');
    return name;
}

static const char *
rest(const struct name *name)
{
    return name->text + name->before + name->digits;
}

/* Sort as strcmp(3) sorts, but by length. */
static int
compare_part(const char *one, size_t length, const char *other,
    size_t other_length)
{
    size_t shorter = length < other_length ? length : other_length;
    int order = memcmp(one, other, shorter);

    return order ? order : (length > other_length) - (length < other_length);
}

/* Do the names differ in what is around their numbers, and which is first? */
static int
compare_around(const struct name *one, const struct name *other)
{
    int order = compare_part(one->text, one->before, other->text,
        other->before);

    if (order)
        return order;
    if ((one->digits == 0) != (other->digits == 0))
        return one->digits == 0 ? -1 : 1;
    return compare_part(rest(one), one->behind, rest(other), other->behind);
}

static int
fold_compare(const void *left, const void *right)
{
    const struct name *one = left, *other = right;
    int order = compare_around(one, other);

    if (order)
        return order;
    if (one->digits != other->digits)
        return one->digits < other->digits ? -1 : 1;
    return (one->number > other->number) - (one->number < other->number);
}

/* Leave out every name that is equal to the one before it. */
static size_t
drop_duplicates(struct name *name, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (i == 0 || fold_compare(&name[kept - 1], &name[i]) != 0)
            name[kept++] = name[i];
    return kept;
}

/*
 * Would a range that ends in `last` go on with `next`?  The sorting sees to
 * it that 9 is followed by 10, and 09 by 10, but 9 never by 010.
 */
static bool
goes_on(const struct name *last, const struct name *next)
{
    bool padded = next->text[next->before] == '0';

    return next->number == last->number + 1
        && (next->digits == last->digits || !padded);
}

static char *
fold_put(char *out, const char *text, size_t length)
{
    memcpy(out, text, length);
    return out + length;
}

static char *
put_number(char *out, const struct name *name)
{
    return fold_put(out, name->text + name->before, name->digits);
}

/* The numbers of `count` names that differ in nothing else. */
static char *
put_ranges(char *out, const struct name *name, size_t count)
{
    for (size_t i = 0, last; i < count; i = last + 1) {
        for (last = i; last + 1 < count; last++)
            if (!goes_on(&name[last], &name[last + 1]))
                break;
        if (i > 0)
            *out++ = ',';
        out = put_number(out, &name[i]);
        if (last > i) {
            *out++ = '-';
            out = put_number(out, &name[last]);
        }
    }
    return out;
}

static char *
put_group(char *out, const struct name *name, size_t count)
{
    out = fold_put(out, name->text, name->before);
    if (count > 1)
        *out++ = '[';
    out = put_ranges(out, name, count);
    if (count > 1)
        *out++ = ']';
    return fold_put(out, rest(name), name->behind);
}

char *
hostlist_fold(const struct words *names)
{
    struct name *name = text_allocate(names->count, sizeof *name);
    size_t room = 1, count, group;
    char *list, *out;

    for (size_t i = 0; i < names->count; i++) {
        name[i] = fold_split(names->word[i]);
        /* With a comma, and its share of two brackets. */
        room += name[i].before + name[i].digits + name[i].behind + 2;
    }
    qsort(name, names->count, sizeof *name, fold_compare);
    count = drop_duplicates(name, names->count);
    out = list = text_allocate(room, 1);
    for (size_t i = 0; i < count; i += group) {
        for (group = 1; i + group < count; group++)
            if (compare_around(&name[i], &name[i + group]) != 0)
                break;
        if (i > 0)
            *out++ = ',';
        out = put_group(out, &name[i], group);
    }
    *out = '\0';
    free(name);
    return list;
}
