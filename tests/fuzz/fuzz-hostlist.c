/*
 * fuzz-hostlist.c - host lists: what is expanded and folded is the same set
 * of names, and every name of a list is found on it.
 */
#include "fuzz.h"

#include "hostlist/hostlist.h"

/* Names that are looked at one by one, and for how many at most. */
enum { LOOKED_AT = 8, FOLDED = 4096 };

/* In brackets; how large lists may be is test-hostlist's. */
enum { WORD_DIGITS = 7, LIST_DIGITS = 24 };

static bool
count_name(const char *name, void *data)
{
    size_t *count = data;

    fuzz_expect(*name != '\0', "a name is not empty");
    return ++*count < FOLDED;
}

static void
sort_once(struct words *names)
{
    struct words once = {0};

    words_sort(names);
    for (size_t i = 0; i < names->count; i++)
        if (i == 0 || strcmp(names->word[i - 1], names->word[i]) != 0)
            words_add(&once, names->word[i]);
    words_clear(names);
    *names = once;
}

static void
fold(struct words *names, enum hostlist_origin origin)
{
    char *folded = hostlist_fold(names);
    struct problem problem = {0};
    struct words again = {0};

    fuzz_expect(hostlist_expand(folded, origin, &again, &problem),
        "a folded list is right");
    sort_once(names);
    sort_once(&again);
    fuzz_expect(words_equal(names, &again), "and stands for the same names");
    problem_clear(&problem);
    words_clear(&again);
    free(folded);
}

static void
match(const char *list, const struct words *names)
{
    struct problem problem = {0};

    for (size_t i = 0; i < names->count && i < LOOKED_AT; i++) {
        bool matches = false;

        fuzz_expect(hostlist_match(list, names->word[i], &matches, NULL,
            &problem) && matches, "a name of the list is on it");
    }
}

static void
take(const char *list, enum hostlist_origin origin)
{
    struct problem problem = {0};
    struct words names = {0};
    size_t count = 0;
    bool good = hostlist_each(list, origin, count_name, &count, &problem);

    fuzz_judge(good, &problem);
    fuzz_expect(good == (count > 0), "a list has a name or is wrong");
    if (origin == HOSTLIST_CONFIG) {
        fuzz_expect(hostlist_check(list, "f:1", &problem) == good,
            "a check says the same");
        problem_clear(&problem);
    }
    if (!good || count >= FOLDED)
        return;
    hostlist_expand(list, origin, &names, &problem);
    fuzz_expect(names.count == count, "both ways give as many");
    if (origin == HOSTLIST_CONFIG && strchr(list, '-') == NULL)
        match(list, &names);
    fold(&names, origin);
    words_clear(&names);
}

/*
 * May it stand for more than some hundred thousand names?  A million take
 * seconds here, and tell no more than these.
 */
static bool
is_long(const char *list)
{
    size_t digits = 0, all = 0;
    bool inside = false;

    for (; *list; list++) {
        if (*list == '[' || *list == ']')
            inside = *list == '[';
        else if (!inside && strchr(", \t\n", *list))
            digits = 0;
        else if (inside && strchr("0123456789", *list)) {
            all++;
            if (++digits > WORD_DIGITS || all > LIST_DIGITS)
                return true;
        }
    }
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *list = text_copy_part((const char *)data, size);
    struct problem problem = {0};
    bool matches;

    if (is_long(list)) {
        free(list);
        return -1;              /* libFuzzer's word for "not in the corpus" */
    }
    take(list, HOSTLIST_CONFIG);
    /* Files are for the file system, and expressions for the C library. */
    if (strpbrk(list, "^/") == NULL)
        take(list, HOSTLIST_COMMAND);
    hostlist_match(list, "node001.cluster", &matches, "f:1", &problem);
    problem_clear(&problem);
    free(list);
    return 0;
}
