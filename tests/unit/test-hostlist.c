/*
 * test-hostlist.c - what lists of hosts stand for.  The rows were measured
 * against pdsh 2.34; where we answer otherwise on purpose, hostlist.h has the
 * reason and the row stands among the broken lists.
 */
#include "unit.h"

#include <unistd.h>

#include "base/text.h"
#include "hostlist/hostlist.h"

/* The names of a list with a blank between them; NULL when it is broken. */
static char *
expand(const char *list, enum hostlist_origin origin, struct problem *problem)
{
    struct words names = {0};
    char *joined = NULL;

    if (hostlist_expand(list, origin, &names, problem))
        joined = words_join(&names, " ");
    words_clear(&names);
    return joined;
}

/* The list stands for these names, without a problem. */
static void
check_names(size_t row, const char *list, const char *desired)
{
    struct problem problem = {0};
    char *names = expand(list, HOSTLIST_COMMAND, &problem);

    ck_assert_msg(names != NULL, "row %zu, %s: %s", row, list, problem.text);
    ck_assert_ptr_null(problem.text);
    same_text(row, names, desired);
    free(names);
}

static const char *const sound[][2] = {
    { "a", "a" },
    { "a[1-3]", "a1 a2 a3" },
    { "a[001-010]", "a001 a002 a003 a004 a005 a006 a007 a008 a009 a010" },
    { "a[1-3,7]", "a1 a2 a3 a7" },
    { "a[1,3,2]", "a1 a3 a2" },
    { "a[1-1]", "a1" },
    { "a[1-3]b", "a1b a2b a3b" },
    { "a[1-2]b[3-4]", "a1b3 a1b4 a2b3 a2b4" },
    { "a[1-2][3-4]", "a13 a14 a23 a24" },
    { "a[1-2][9-10]c", "a19c a110c a29c a210c" },
    { "[1-3]", "1 2 3" },
    { "a[08-11]", "a08 a09 a10 a11" },
    { "a[8-011]", "a8 a9 a10 a11" },
    { "a[01-9]", "a01 a02 a03 a04 a05 a06 a07 a08 a09" },
    { "a[001-10]", "a001 a002 a003 a004 a005 a006 a007 a008 a009 a010" },
    { "a[9-10]", "a9 a10" },
    { "a[098-101]", "a098 a099 a100 a101" },
    { "a[98-101]x", "a98x a99x a100x a101x" },
    { "a[1-3],a[2-4]", "a1 a2 a3 a2 a3 a4" },
    { "a1,a1", "a1 a1" },
    { "a,b,,c", "a b c" },
    { "a, b", "a b" },
    { "a b", "a b" },
    { "a\tb", "a b" },
    { " a , b ", "a b" },
    { "a\nb\r\nc\n", "a b c" },
    { "a[1-2] b", "a1 a2 b" },
    { ",a", "a" },
    { "a,", "a" },
    { "a-b", "a-b" },
    { "a[1-2].example.com", "a1.example.com a2.example.com" },
    { "a[1-2]-ib[0-1]", "a1-ib0 a1-ib1 a2-ib0 a2-ib1" },
    { "user@a[1-2]", "a1 a2" },
    { "ssh:a[1-2]", "a1 a2" },
    { "ssh:user@a[1-2]", "a1 a2" },
    { "celery:a b", "a b" },
    { "@all", "all" },
    { "user@ a", "a" },
    { "a[1-5],-a[2-3]", "a1 a4 a5" },
    { "a[1-5],-a2", "a1 a3 a4 a5" },
    { "-a2,a[1-3]", "a1 a3" },
    { "a[1-3], b,- a2", "a1 a3 b" },
    { "-a b,a,b,c", "c" },
    { "a1,b,a1,-a1", "b a1" },
    { "a1,a1,-a1,-a1,b", "b" },
    { "a[1-3],-a01", "a1 a2 a3" },
    { "a00[1-3],-a[002]", "a001 a003" },
    { "a[1-2]b[3-4],-a1b3", "a1b4 a2b3 a2b4" },
    { "a[1-20],/1$/", "a1 a11" },
    { "a[1-20],/1$", "a1 a11" },
    { "/1$/,a[1-3]", "a1" },
    { "a[8-12],-/1$/", "a8 a9 a10 a12" },
    { "a[8-12],/a[0-9]{2}/,-/[02]/", "a11" },
    { "a[8-12],/a[1,9]$/", "a9" },
    { "a,//", "a" },
    { "a[4294967295-4294967297]", "a4294967295 a4294967296 a4294967297" },
    { "a[18446744073709551615]", "a18446744073709551615" },
    { "a[00000000000000000000000000007-8]",
        "a00000000000000000000000000007 a00000000000000000000000000008" },
    { "a00[1-3]", "a001 a002 a003" },
    { "a[000-002],a[0-2]", "a000 a001 a002 a0 a1 a2" },
    { "a1,a01,a001", "a1 a01 a001" },
    { "a{1,2}", "a{1 2}" },
    { "a[1-2]!a[2-3]", "a1!a2 a1!a3 a2!a2 a2!a3" },
    { "a[1-2]&a[2-3]", "a1&a2 a1&a3 a2&a2 a2&a3" },
    { "a[1-2]^a[4-5]", "a1^a4 a1^a5 a2^a4 a2^a5" },
    { "%s", "%s" },
    { "a*", "a*" },
    { "a?b", "a?b" },
    { "a/b", "a/b" },
    { "a;b", "a;b" },
    { "\u00e9[1-2]", "\u00e91 \u00e92" },
    { "10.0.0.[1-3]", "10.0.0.1 10.0.0.2 10.0.0.3" },
    { "fe80::1", "fe80::1" },
    { "::1", "::1" },
    { "ssh:fe80::1", "fe80::1" },
    { "fe80::[1-2]", "fe80::1 fe80::2" },
    { "a 2001:db8::[1-2]", "a 2001:db8::1 2001:db8::2" },
    { "fe80::[1-2],-fe80::1", "fe80::2" },
};

START_TEST(a_list_stands_for_these_names)
{
    for (size_t i = 0; i < COUNT_OF(sound); i++)
        check_names(i, sound[i][0], sound[i][1]);
}
END_TEST

/* A broken list, and what its sentence quotes and says. */
static const char *const broken[][2] = {
    { "", "\"\" at character 1 leaves no host" },
    { " , ", "leaves no host" },
    { "-a", "leaves no host" },
    { "a,-a", "\"a,-a\" at character 1 leaves no host" },
    { "/a/", "leaves no host" },
    { "a[1-3],/b/", "leaves no host" },
    { "a[3-1]", "\"3-1\" at character 3 runs backwards" },
    { "b,a[0-10/2]", "\"0-10/2\" at character 5 is not a range" },
    { "a[1-[2-3]]", "\"1-[2-3\" at character 3 is not a range" },
    { "a[1-3", "\"a[1-3\" at character 1 has a [ without a ]" },
    { "b,a[1-3,c", "\"a[1-3,c\" at character 3 has a [ without a ]" },
    { "a1-3]", "\"a1-3]\" at character 1 has a ] without a [" },
    { "a]", "has a ] without a [" },
    { "a],b", "\"a]\" at character 1 has a ] without a [" },
    { "a[", "has a [ without a ]" },
    { "a[1-2]]", "has a ] without a [" },
    { "a[1-2][3", "has a [ without a ]" },
    { "a[[1-2]", "\"[1-2\" at character 3 is not a range" },
    { "a[]", "\"[]\" at character 2 lacks a number" },
    { "a[,]", "\"[,]\" at character 2 lacks a number" },
    { "a[1,]", "\"[1,]\" at character 2 lacks a number" },
    { "a[,1]", "lacks a number" },
    { "a[1,,2]", "lacks a number" },
    { "a[-3]", "\"-3\" at character 3 is not a range" },
    { "a[1-]", "\"1-\" at character 3 is not a range" },
    { "a[1,2-,3]", "\"2-\" at character 5 is not a range" },
    { "a[1-2-3]", "is not a range" },
    { "a[x-y]", "is not a range" },
    { "a[1x]", "is not a range" },
    { "a[1x-3]", "is not a range" },
    { "a[ 1-2 ]", "\" 1-2 \" at character 3 is not a range" },
    { "a[1 - 2]", "is not a range" },
    { "a[1- 2]", "is not a range" },
    { "a[ 1]", "is not a range" },
    { "a[+1-2]", "is not a range" },
    { "a[1-+2]", "is not a range" },
    { "a[1;2]", "is not a range" },
    { "a[0x1-0x3]", "is not a range" },
    { "[fe80::1]", "is not a range" },
    { "a[1\n2]", "\"1?2\" at character 3 is not a range" },
    { "a[99999999999999999999]", "is beyond 18446744073709551615" },
    { "a[1-18446744073709551616]", "is beyond 18446744073709551615" },
    { "a[0-99999999999]", "more than 10000000 names" },
    { "a[0-18446744073709551615]", "more than 10000000 names" },
    { "a[1-10000000],b", "\"b\" at character 15 brings the list to more" },
    { "a,-a[1-10000000]", "more than 10000000 names" },
    { "[1-99999][1-99999][1-99999][1-99999]", "more than 10000000 names" },
    { "a[1-2]:22", "has a colon" },
    { "a:22", "has a colon" },
    { "foo:a", "\"foo:a\" at character 1 has a colon" },
    { ":a", "has a colon" },
    { "user@a:22", "is not of the form TYPE:USER@HOSTS" },
    { "a@", "\"a@\" at character 1 names no host" },
    { "ssh:,b", "\"ssh:\" at character 1 names no host" },
    { "a u@b", "has no user before the @" },
    { "a@b@c", "has a second @" },
    { "u@a v@b", "has a second @" },
    { "a::1 b:2", "has a colon after a word" },
    { "ssh:b:2", "has a colon after a word" },
    { "2001:db8,a:1,:db8::1", "has a colon after a word" },
    { "a[1-2]@b", "has no user before the @" },
    { "a,-", "\"-\" at character 3 excludes nothing" },
    { "a,-ssh:a", "\"ssh:a\" at character 4 excludes nothing" },
    { "a,-user@a", "excludes nothing" },
    { "a,-a:22", "has a colon" },
    { "a,-b]", "has a ] without a [" },
    { "a,-b[2-", "has a [ without a ]" },
    { "a -b", "\"-b\" at character 3 is not a name" },
    { "a, -b", "\"-b\" at character 4 is not a name" },
    { "a,--b", "is not a name" },
    { "ssh:-b", "is not a name" },
    { "a ^b", "\"^b\" at character 3 is not a name" },
    { "a /b/", "is not a name" },
    { "a,/[/", "\"/[/\" at character 3 is not a regular expression (" },
    { "a,/a{1,2}/", "is not a regular expression (" },
    { "a,-/*(/", "is not a regular expression (" },
    { "^/nonexistent", "names no file of hosts (/nonexistent: No such file" },
    { "a,-^/nonexistent", "\"^/nonexistent\" at character 4 names no file" },
    { "^/", "names no file of hosts (/: Is a directory)" },
    { "\u00e9\u00e9,a]", "at character 4 has a ]" },
};

START_TEST(a_broken_list_is_a_sentence)
{
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        struct problem problem = {0};
        char *names = expand(broken[i][0], HOSTLIST_COMMAND, &problem);

        ck_assert_msg(names == NULL, "row %zu, \"%s\" stands for %s", i,
            broken[i][0], names);
        ck_assert_int_eq(problem.status, STATUS_USAGE);
        ck_assert_msg(strstr(problem.text, broken[i][1]) != NULL,
            "row %zu, \"%s\": %s", i, broken[i][0], problem.text);
        ck_assert(strchr(problem.text, '\n') == NULL);
        problem_clear(&problem);
    }
}
END_TEST

START_TEST(a_long_list_is_quoted_in_part)
{
    struct problem problem = {0};
    char *list = NULL;

    for (int i = 0; i < 1000; i++)
        text_append(&list, "\u00e9");
    text_append(&list, "]");
    ck_assert_ptr_null(expand(list, HOSTLIST_COMMAND, &problem));
    ck_assert_uint_lt(strlen(problem.text), 200);
    ck_assert_ptr_nonnull(strstr(problem.text, "\u00e9...\" at character 1 "));
    problem_clear(&problem);
    free(list);
}
END_TEST

START_TEST(too_many_brackets_are_a_sentence)
{
    struct problem problem = {0};
    char *list = text_copy("a"), *name = text_copy("a"), *found;

    for (int i = 0; i < 100; i++) {
        text_append(&list, "[1]");
        text_append(&name, "1");
    }
    found = expand(list, HOSTLIST_COMMAND, &problem);
    same_text(0, found, name);
    text_append(&list, "[1]");
    ck_assert_ptr_null(expand(list, HOSTLIST_COMMAND, &problem));
    ck_assert_ptr_nonnull(strstr(problem.text, "more than 100 brackets"));
    problem_clear(&problem);
    free(found);
    free(name);
    free(list);
}
END_TEST

START_TEST(a_configuration_has_neither_files_nor_expressions)
{
    static const char *const lists[] = {
        "^/etc/hosts", "a,-^/etc/hosts", "a,/a/", "a,-/b/", "a, /b/",
    };

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct problem problem = {0};

        ck_assert(!hostlist_check(lists[i], "x.conf:7", &problem));
        ck_assert_int_eq(problem.status, STATUS_CONFIG);
        ck_assert(text_starts(problem.text, "x.conf:7: host list: \""));
        ck_assert_ptr_nonnull(strstr(problem.text, "neither ^FILE nor"));
        problem_clear(&problem);
    }
}
END_TEST

START_TEST(a_configuration_is_checked)
{
    struct problem problem = {0};

    ck_assert(hostlist_check("gpu[01-04],-gpu02", NULL, &problem));
    ck_assert(hostlist_check("a[1-9999999]", NULL, &problem));
    ck_assert_ptr_null(problem.text);
    ck_assert(!hostlist_check("a,-a", NULL, &problem));
    ck_assert_int_eq(problem.status, STATUS_CONFIG);
    problem_clear(&problem);
}
END_TEST

struct seen {
    size_t names, enough;
    char *last;
};

static bool
see(const char *name, void *data)
{
    struct seen *seen = data;

    free(seen->last);
    seen->last = text_copy(name);
    return ++seen->names != seen->enough;
}

START_TEST(whoever_looks_at_names_may_stop)
{
    struct seen seen = { .enough = 3 };
    struct problem problem = {0};

    ck_assert(hostlist_each("a[1-9]b[1-2],c", HOSTLIST_COMMAND, see, &seen,
        &problem));
    ck_assert_uint_eq(seen.names, 3);
    ck_assert_str_eq(seen.last, "a2b1");
    ck_assert_ptr_null(problem.text);
    free(seen.last);
}
END_TEST

START_TEST(a_broken_list_shows_no_name)
{
    struct seen seen = {0};
    struct problem problem = {0};

    ck_assert(!hostlist_each("a[1-9],b[", HOSTLIST_COMMAND, see, &seen,
        &problem));
    ck_assert_uint_eq(seen.names, 0);
    problem_clear(&problem);
}
END_TEST

START_TEST(a_range_of_millions_is_no_problem)
{
    struct seen seen = {0};
    struct problem problem = {0};

    ck_assert(hostlist_each("node[0000001-2000000],-node0000007",
        HOSTLIST_COMMAND, see, &seen, &problem));
    ck_assert_uint_eq(seen.names, 1999999);
    ck_assert_str_eq(seen.last, "node2000000");
    free(seen.last);
}
END_TEST

/* Make `name` in `directory` say this; the path is the caller's. */
static char *
make_file(const char *directory, const char *name, const char *text)
{
    char *path = text_format("%s/%s", directory, name);
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    return path;
}

START_TEST(a_file_holds_names)
{
    char directory[] = "/tmp/celery-tmux-hosts-XXXXXX", *list;
    char *hosts, *more, *bad;
    struct problem problem = {0};

    ck_assert_ptr_nonnull(mkdtemp(directory));
    hosts = make_file(directory, "hosts", "# ours\n a2 \nb[1-2],c1 # two\n\n"
        "#include more\n#include  more \n#included by hand, too\nd\r\ne");
    more = make_file(directory, "more", "m1 m2\n#include hosts\n");
    bad = make_file(directory, "bad", "a\n\n  b,-c\n");

    list = text_format("^%s", hosts);
    check_names(0, list, "a2 b1 b2 c1 m1 m2 d e");
    free(list);
    list = text_format("a[1-3],-b1,- ^%s,^%s,a2", hosts, more);
    check_names(1, list, "a1 a3 a2 a2");
    free(list);
    list = text_format("^%s", bad);
    ck_assert_ptr_null(expand(list, HOSTLIST_COMMAND, &problem));
    ck_assert_ptr_nonnull(strstr(problem.text,
        "/bad:3: \"-c\" at character 5 is not a name; a file"));
    problem_clear(&problem);

    unlink(hosts);
    unlink(more);
    unlink(bad);
    rmdir(directory);
    free(list);
    free(hosts);
    free(more);
    free(bad);
}
END_TEST

struct match {
    const char *list, *node;
    bool matches;
};

static const struct match matches[] = {
    { "a", "a", true },
    { "a", "b", false },
    { "a", "a.example.com", true },
    { "a.example.com", "a.example.com", true },
    { "a.example.com", "a", false },
    { "a.example.com", "a.example.org", false },
    { "a.example", "a.example.com", false },
    { "a[1-3]", "a2", true },
    { "a[1-3]", "a2.example.com", true },
    { "a[1-3]", "a4", false },
    { "a[1-3]", "a02", false },
    { "a[1-3]", "a", false },
    { "a[1-3]", "a2b", false },
    { "a[001-010]", "a010", true },
    { "a[001-010]", "a10", false },
    { "a[001-010]", "a0010", false },
    { "a[8-011]", "a9", true },
    { "a[8-011]", "a09", false },
    { "a[0-2]", "a0", true },
    { "a[0-2]", "a00", false },
    { "a[1-20]b[3-4]", "a12b4", true },
    { "a[1-2][3-4]", "a13", true },
    { "a[1-2][3-4]", "a31", false },
    { "a[1-11][1-11]x", "a111x", true },
    { "a[1-9999999]", "a7654321", true },
    { "a[18446744073709551615]", "a18446744073709551615", true },
    { "a[18446744073709551615]", "a18446744073709551616", false },
    { "a[1-5],-a2", "a2", false },
    { "a[1-5],-a2", "a2.example.com", false },
    { "a[1-5],-a2.example.com", "a2.example.com", false },
    { "a[1-5],-a2.example.com", "a2", true },
    { "a[1-5],-a[2-3],b", "a4", true },
    { "-a[2-3],a[1-5]", "a3", false },
    { "a1,a1,-a1", "a1", true },
    { "-a", "a", false },
    { "", "a", false },
    { "a,-a", "a", false },
    { "10.0.0.[1-3]", "10.0.0.2", true },
    { "10", "10.0.0.2", false },
    { "10.0.0.[1-3],-10", "10.0.0.2", true },
    { "10", "10.cluster", true },
    { "fe80::1", "fe80::1", true },
    { "::ffff:10", "::ffff:10.0.0.1", false },
    { "user@a", "a", true },
    { "A", "a", false },
};

START_TEST(a_node_is_on_a_list_or_not)
{
    for (size_t i = 0; i < COUNT_OF(matches); i++) {
        struct problem problem = {0};
        bool found = !matches[i].matches;

        ck_assert(hostlist_match(matches[i].list, matches[i].node, &found,
            "x.conf:7", &problem));
        ck_assert_msg(found == matches[i].matches, "row %zu: %s on %s: %d", i,
            matches[i].node, matches[i].list, found);
        ck_assert_ptr_null(problem.text);
    }
}
END_TEST

START_TEST(a_broken_list_holds_no_node)
{
    struct problem problem = {0};
    bool found = true;

    ck_assert(!hostlist_match("a,b[", "a", &found, "x.conf:7", &problem));
    ck_assert(!found);
    ck_assert_int_eq(problem.status, STATUS_CONFIG);
    ck_assert(text_starts(problem.text, "x.conf:7: host list: \"b[\" at "));
    problem_clear(&problem);
}
END_TEST

UNIT_TESTS("hostlist", a_list_stands_for_these_names,
    a_broken_list_is_a_sentence, a_long_list_is_quoted_in_part,
    too_many_brackets_are_a_sentence,
    a_configuration_has_neither_files_nor_expressions,
    a_configuration_is_checked, whoever_looks_at_names_may_stop,
    a_broken_list_shows_no_name, a_range_of_millions_is_no_problem,
    a_file_holds_names, a_node_is_on_a_list_or_not,
    a_broken_list_holds_no_node)
