/* test-file.c - a file's one name. */
#include "unit.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

START_TEST(a_path_is_absolute_and_has_one_spelling)
{
    static const struct {
        const char *typed, *desired;
    } rows[] = {
        { "/a/b", "/a/b" },
        { "//a///b", "/a/b" },
        { "/./a/./b", "/a/b" },
        { "/.a/b.", "/.a/b." },
        { "/a..b/c", "/a..b/c" },
        { "/proc/../x", "/x" },
        { "/proc/./..//proc/x", "/proc/x" },
        /* A link that is not in the way is not followed. */
        { "/proc/self/x", "/proc/self/x" },
        /* What leads nowhere stays. */
        { "/nowhere/../x", "/nowhere/../x" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *found = file_absolute(rows[i].typed);

        same_text(i, found, rows[i].desired);
        free(found);
    }
}
END_TEST

START_TEST(a_relative_path_is_below_this_directory_by_the_name_it_has)
{
    char directory[] = "/tmp/unit-file-XXXXXX";
    char *link, *found, *desired;

    ck_assert_ptr_nonnull(mkdtemp(directory));
    link = text_format("%s/link", directory);
    ck_assert_int_eq(symlink(".", link), 0);
    ck_assert_int_eq(chdir(link), 0);
    setenv("PWD", link, 1);
    found = file_absolute("./a.conf");
    desired = text_format("%s/a.conf", link);
    same_text(0, found, desired);
    free(found);
    /* PWD may be somebody else's. */
    setenv("PWD", "/", 1);
    found = file_absolute("a.conf");
    free(desired);
    desired = text_format("%s/a.conf", directory);
    same_text(1, found, desired);
    free(found);
    free(desired);
    unlink(link);
    free(link);
    rmdir(directory);
    found = file_absolute("a.conf");
    same_text(2, found, "a.conf");
    free(found);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(no_more_is_read_than_is_known_to_be_there)
{
    static const struct {
        size_t known;
        const char *desired;
    } rows[] = { { 0, "" }, { 1, "s" }, { 4, "some" }, { 9, "some" } };
    size_t size;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int file = file_in_memory("unit", "some", 4);
        char *text = file_read_known(file, rows[i].known, &size);

        same_text(i, text, rows[i].desired);
        ck_assert_uint_eq(size, strlen(rows[i].desired));
        free(text);
        close(file);
    }
    ck_assert_ptr_null(file_read_known(-1, 1, &size));
    ck_assert_int_eq(errno, EBADF);
}
END_TEST

UNIT_TESTS("file",
    no_more_is_read_than_is_known_to_be_there,
    a_path_is_absolute_and_has_one_spelling,
    a_relative_path_is_below_this_directory_by_the_name_it_has)
