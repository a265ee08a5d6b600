/* test-trust.c - who could have written this file? */
#include "unit-help.h"

#include "base/trust.h"

/* In each path and sentence, % stands for the scratch directory. */
static char *
fill(const char *pattern, const char *directory)
{
    char *text = text_copy("");

    for (; *pattern; pattern++)
        if (*pattern == '%')
            text_append(&text, "%s", directory);
        else
            text_append(&text, "%c", *pattern);
    return text;
}

/*
 * %/open (0777) %/sticky (01777) %/group (0775) %/own (0755), each with files
 * `file` (0644), `group` (0664) and `world` (0666), and with symbolic links.
 */
static char *
make_world(void)
{
    static const struct {
        const char *name;
        mode_t mode;
    } directories[] = {
        { "open", 0777 }, { "sticky", 01777 }, { "group", 0775 },
        { "own", 0755 }
    };
    static const char *const links[][2] = {
        { "own/file", "good" }, { "open/file", "bad" }, { "loop", "loop" },
        { "nowhere", "broken" }, { "own", "directory" },
        { "good", "second" },
    };
    char *base = scratch_make();

    for (size_t i = 0; i < COUNT_OF(directories); i++) {
        char *path = text_format("%s/%s", base, directories[i].name);

        ck_assert_int_eq(mkdir(path, 0700), 0);
        free(scratch_file(path, "file", "", 0644));
        free(scratch_file(path, "group", "", 0664));
        free(scratch_file(path, "world", "", 0666));
        ck_assert_int_eq(chmod(path, directories[i].mode), 0);
        free(path);
    }
    for (size_t i = 0; i < COUNT_OF(links); i++) {
        char *path = text_format("%s/%s", base, links[i][1]);

        ck_assert_int_eq(symlink(links[i][0], path), 0);
        free(path);
    }
    return base;
}

START_TEST(what_only_we_and_root_can_write_is_trusted)
{
    static const char *const paths[] = {
        "/", "/etc/passwd", "%", "%/own", "%/own/", "%//own//file",
        "%/own/file", "%/own/../own/./file",
        "%/sticky", "%/sticky/file",
        "%/good", "%/second", "%/directory/file",
    };
    char *base = make_world();

    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct problem problem = {0};
        char *path = fill(paths[i], base);

        trust_path(path, &problem);
        no_problem(i, &problem);
        free(path);
    }
    scratch_remove(base);
}
END_TEST

START_TEST(what_others_can_write_is_refused_with_the_chmod_that_helps)
{
    static const struct {
        const char *path, *sentence;
        enum status status;
    } rows[] = {
        { "%/own/group", "%/own/group can be written by others, who could "
          "make you run anything; chmod g-w %/own/group",
          STATUS_PERMISSION },
        { "%/own/world", "%/own/world can be written by others, who could "
          "make you run anything; chmod go-w %/own/world",
          STATUS_PERMISSION },
        { "%/sticky/world", "%/sticky/world can be written by others, who "
          "could make you run anything; chmod go-w %/sticky/world",
          STATUS_PERMISSION },
        { "%/open/file", "%/open can be written by others, who could make you "
          "run anything; chmod go-w %/open", STATUS_PERMISSION },
        { "%/group/file", "%/group can be written by others, who could make "
          "you run anything; chmod g-w %/group", STATUS_PERMISSION },
        { "%/open/../own/file", "%/open can be written by others, who could "
          "make you run anything; chmod go-w %/open", STATUS_PERMISSION },
        /* A link is good only when what it leads through is. */
        { "%/bad", "%/open can be written by others, who could make you run "
          "anything; chmod go-w %/open", STATUS_PERMISSION },
        { "%/loop", "the symbolic link %/loop is broken; correct or remove "
          "it", STATUS_CONFIG },
        { "%/broken", "the symbolic link %/broken is broken; correct or "
          "remove it", STATUS_CONFIG },
        { "%/none", "cannot access %/none: No such file or directory; "
          "correct the path or its permissions", STATUS_CONFIG },
        { "%/own/file/x", "cannot access %/own/file/x: Not a directory; "
          "correct the path or its permissions", STATUS_CONFIG },
    };
    char *base = make_world();

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct problem problem = {0};
        char *path = fill(rows[i].path, base);
        char *sentence = fill(rows[i].sentence, base);

        ck_assert_msg(!trust_path(path, &problem), "row %zu: trusted", i);
        same_problem(i, &problem, rows[i].status, sentence);
        free(sentence);
        free(path);
    }
    scratch_remove(base);
}
END_TEST

/* The way to what was trusted last is known, and nothing else. */
START_TEST(who_was_trusted_vouches_for_nobody)
{
    static const char *const paths[] = {
        "own-not/file", "own/below/file", "own/group", "open/file",
    };
    char *base = make_world();
    char *beside = text_format("%s/own-not", base);
    char *below = text_format("%s/own/below", base);

    ck_assert_int_eq(mkdir(beside, 0700) | mkdir(below, 0700), 0);
    free(scratch_file(beside, "file", "", 0644));
    free(scratch_file(below, "file", "", 0644));
    ck_assert_int_eq(chmod(beside, 0777) | chmod(below, 0777), 0);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char *good = text_format("%s/own/file", base);
        char *path = text_format("%s/%s", base, paths[i]);
        struct problem problem = {0};

        ck_assert(trust_path(good, &problem) && trust_path(good, &problem));
        ck_assert_msg(!trust_path(path, &problem), "row %zu: trusted", i);
        ck_assert_int_eq(problem.status, STATUS_PERMISSION);
        problem_clear(&problem);
        free(path);
        free(good);
    }
    free(below);
    free(beside);
    scratch_remove(base);
}
END_TEST

START_TEST(a_relative_path_is_looked_at_from_here)
{
    char *base = make_world(), *desired;
    struct problem problem = {0};

    ck_assert_int_eq(chdir(base), 0);
    ck_assert(trust_path("own/file", &problem));
    ck_assert(trust_path("good", &problem));
    no_problem(0, &problem);
    ck_assert(!trust_path("own/group", &problem));
    desired = text_format("%s/own/group can be written by others, who could "
        "make you run anything; chmod g-w %s/own/group", base, base);
    same_problem(1, &problem, STATUS_PERMISSION, desired);
    free(desired);
    ck_assert_int_eq(chdir("open"), 0);
    ck_assert(!trust_path("file", &problem));
    problem_clear(&problem);
    /* From a directory that is gone nothing is to be seen. */
    ck_assert_int_eq(mkdir("gone", 0700), 0);
    ck_assert_int_eq(chdir("gone"), 0);
    ck_assert_int_eq(rmdir("../gone"), 0);
    ck_assert(!trust_path("file", &problem));
    same_problem(2, &problem, STATUS_CONFIG, "cannot resolve file: No such "
        "file or directory; give its full path");
    ck_assert_int_eq(chdir("/"), 0);
    scratch_remove(base);
}
END_TEST

/* Only root can give files away; anybody else has nothing to test here. */
START_TEST(what_belongs_to_somebody_else_is_refused)
{
    static const char *const paths[] = {
        "own/file", "own", "sticky/file", "sticky", "good"
    };
    char *base = make_world();

    for (size_t i = 0; i < COUNT_OF(paths) && geteuid() == 0; i++) {
        char *path = text_format("%s/%s", base, paths[i]);
        char *desired = text_format("%s belongs to user 12345, who could make "
            "you run anything; use one that belongs to you or root", path);
        struct problem problem = {0};

        ck_assert(trust_path(path, &problem));
        ck_assert_int_eq(lchown(path, 12345, (gid_t)-1), 0);
        ck_assert(!trust_path(path, &problem));
        same_problem(i, &problem, STATUS_PERMISSION, desired);
        /* To that user it is their own, below root's directories. */
        ck_assert_int_eq(lchown(base, 12345, (gid_t)-1), 0);
        ck_assert_int_eq(seteuid(12345), 0);
        trust_path(path, &problem);
        no_problem(i, &problem);
        ck_assert_int_eq(seteuid(0), 0);
        ck_assert_int_eq(lchown(base, 0, (gid_t)-1), 0);
        ck_assert_int_eq(lchown(path, 0, (gid_t)-1), 0);
        free(desired);
        free(path);
    }
    scratch_remove(base);
}
END_TEST

UNIT_TESTS("trust",
    what_only_we_and_root_can_write_is_trusted,
    what_others_can_write_is_refused_with_the_chmod_that_helps,
    who_was_trusted_vouches_for_nobody,
    a_relative_path_is_looked_at_from_here,
    what_belongs_to_somebody_else_is_refused)
