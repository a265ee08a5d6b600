/* test-hostlist-fold.c - many names as one short list, and back again. */
#include "unit.h"

#include "base/text.h"
#include "hostlist/hostlist.h"

static const char *const folds[][2] = {
    { "a", "a" },
    { "b a", "a,b" },
    { "a a", "a" },
    { "a1", "a1" },
    { "a1 a1", "a1" },
    { "a1 a2", "a[1-2]" },
    { "a3 a1 a2", "a[1-3]" },
    { "a1 a3", "a[1,3]" },
    { "node009 node003 node007 node008", "node[003,007-009]" },
    { "a9 a10 a8", "a[8-10]" },
    { "a99 a100 a101", "a[99-101]" },
    { "a09 a10 a08", "a[08-10]" },
    { "a099 a100", "a[099-100]" },
    { "a9 a010", "a[9,010]" },
    { "a9 a10 a010", "a[9-10,010]" },
    { "a1 a01 a001 a2 a02", "a[1-2,01-02,001]" },
    { "a0 a00 a000 a1", "a[0-1,00,000]" },
    { "a a1 a2 ab", "a,a[1-2],ab" },
    { "a1b a2b", "a[1-2]b" },
    { "n1.example.com n2.example.com n4", "n4,n[1-2].example.com" },
    { "n1.dc2 n1.dc3", "n1.dc[2-3]" },
    { "a1b3 a1b4 a2b3", "a1b[3-4],a2b3" },
    { "a1-ib0 a2-ib0", "a1-ib0,a2-ib0" },
    { "10.0.0.1 10.0.0.2 10.0.0.10", "10.0.0.[1-2,10]" },
    { "fe80::1 fe80::2", "fe80::[1-2]" },
    { "1 2 3", "[1-3]" },
    { "a999999999999999999 a1000000000000000000",
        "a999999999999999999,a1000000000000000000" },
    { "a99999999999999999999 a99999999999999999998",
        "a99999999999999999998,a99999999999999999999" },
    { "\u00e91 \u00e92", "\u00e9[1-2]" },
    { "www.example.com", "www.example.com" },
};

START_TEST(names_fold_to_this)
{
    for (size_t i = 0; i < COUNT_OF(folds); i++) {
        struct words names = {0};
        char *folded;

        words_add_parts(&names, folds[i][0], " ");
        folded = hostlist_fold(&names);
        same_text(i, folded, folds[i][1]);
        free(folded);
        words_clear(&names);
    }
}
END_TEST

START_TEST(no_names_fold_to_nothing)
{
    struct words names = {0};
    char *folded = hostlist_fold(&names);

    ck_assert_str_eq(folded, "");
    free(folded);
}
END_TEST

static int
by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static void
sort_unique(const struct words *from, struct words *to)
{
    qsort(from->word, from->count, sizeof *from->word, by_text);
    for (size_t i = 0; i < from->count; i++)
        if (i == 0 || strcmp(from->word[i - 1], from->word[i]) != 0)
            words_add(to, from->word[i]);
}

static unsigned seed;

/* A number below `limit`, the same in every run. */
static unsigned
random_below(unsigned limit)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % limit;
}

static void
add_random_name(struct words *names)
{
    static const char *const before[] = {
        "a", "b", "a0", "a1-", "node", "", "x.y", "n9.", "1a",
    };
    static const char *const behind[] = {
        "", "", "", "b", ".example.com", "-ib", ".d2", "x",
    };
    static const unsigned limits[] = { 3, 12, 120, 1200 };
    const char *first = before[random_below(COUNT_OF(before))];
    const char *last = behind[random_below(COUNT_OF(behind))];
    unsigned number = random_below(limits[random_below(COUNT_OF(limits))]);
    int width = random_below(3) ? 0 : (int)random_below(5);

    if (*first && random_below(20) == 0)
        words_addf(names, "%s%s", first, last);
    else
        words_addf(names, "%s%0*u%s", first, width, number, last);
}

START_TEST(folded_names_expand_to_the_same_set)
{
    for (seed = 1; seed < 1000; seed++) {
        unsigned start = seed;
        struct words names = {0}, desired = {0}, back = {0}, found = {0};
        struct problem problem = {0};
        unsigned count = 1 + random_below(300);
        char *folded, *again;

        while (count-- > 0)
            add_random_name(&names);
        folded = hostlist_fold(&names);
        ck_assert_msg(hostlist_expand(folded, HOSTLIST_CONFIG, &back,
            &problem), "%s: %s", folded, problem.text);
        again = hostlist_fold(&back);
        ck_assert_str_eq(folded, again);
        sort_unique(&names, &desired);
        sort_unique(&back, &found);
        ck_assert_msg(back.count == found.count, "%s: duplicates", folded);
        ck_assert_msg(words_equal(&desired, &found), "seed %u: %s", start,
            folded);
        words_clear(&names);
        words_clear(&desired);
        words_clear(&back);
        words_clear(&found);
        free(folded);
        free(again);
        seed = start;
    }
}
END_TEST

/* Each name that a list stands for is on it, and no other one. */
START_TEST(a_list_matches_what_it_expands_to)
{
    for (seed = 1; seed < 1000; seed++) {
        unsigned start = seed;
        struct words names = {0}, others = {0};
        struct problem problem = {0};
        char *folded;

        for (int i = 0; i < 20; i++) {
            add_random_name(&names);
            add_random_name(&others);
        }
        folded = hostlist_fold(&names);
        words_add_all(&others, &names);
        for (size_t i = 0; i < others.count; i++) {
            const char *name = others.word[i], *dot = strchr(name, '.');
            char *part = text_copy_part(name, dot ? (size_t)(dot - name)
                : strlen(name));
            bool found, desired = words_contain(&names, name)
                || words_contain(&names, part);

            ck_assert(hostlist_match(folded, name, &found, NULL, &problem));
            ck_assert_msg(found == desired, "seed %u: %s on %s: %d", start,
                name, folded, found);
            free(part);
        }
        words_clear(&names);
        words_clear(&others);
        free(folded);
        seed = start;
    }
}
END_TEST

UNIT_TESTS("hostlist-fold", names_fold_to_this, no_names_fold_to_nothing,
    folded_names_expand_to_the_same_set, a_list_matches_what_it_expands_to)
