/* test-shell.c - a command for a shell that cannot be run. */
#include "unit-help.h"

#include "system/shell.h"

START_TEST(without_descriptors_nothing_is_run)
{
    const struct shell_command command = { .text = "true" };
    struct problem problem = {0};
    rlim_t before = limit_to(RLIMIT_NOFILE, 0);
    char *printed;
    int result;
    bool good = shell_run(&command, &printed, &result, &problem);

    limit_to(RLIMIT_NOFILE, before);
    ck_assert(!good);
    same_problem(0, &problem, STATUS_UNAVAILABLE, "cannot run \"true\": Too "
        "many open files; raise the limit of open files, which ulimit -n "
        "shows and sets, and nofile in limits.conf(5)");
    free(printed);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_named)
{
    const struct shell_command command = {
        .text = "true", .directory = "/none"
    };
    struct problem problem = {0};
    char *printed;
    int result;

    ck_assert(!shell_run(&command, &printed, &result, &problem));
    same_problem(0, &problem, STATUS_UNAVAILABLE, "cannot run \"true\" in "
        "/none: No such file or directory; create the directory or correct "
        "the setting");
    free(printed);
}
END_TEST

UNIT_TESTS("shell",
    a_directory_that_is_not_there_is_named,
    without_descriptors_nothing_is_run)
