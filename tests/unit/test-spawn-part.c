/* test-spawn-part.c - what is no child of ours. */
#include "unit-help.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "system/process.h"
#include "system/spawn.h"

static struct problem problem;

START_TEST(what_is_beside_us_is_not_below_a_subreaper)
{
    const struct spawn_setup setup = { .silent_input = true };
    struct words words = {0};
    struct process_list below = {0}, found = {0};
    int subreaper = 0;

    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    words_add(&words, "/nowhere/program");
    ck_assert(!spawn_beside(&words, &setup, &problem));
    same_problem(0, &problem, STATUS_UNAVAILABLE, "cannot run "
        "/nowhere/program beside this process; try again");
    words_clear(&words);
    ck_assert_int_eq(setenv("TEST_BESIDE", "us", 1), 0);
    words_add_list(&words, "sleep", "60", NULL);
    ck_assert(spawn_beside(&words, &setup, &problem));
    ck_assert_int_eq(unsetenv("TEST_BESIDE"), 0);
    ck_assert_int_eq(prctl(PR_GET_CHILD_SUBREAPER, &subreaper), 0);
    ck_assert_int_eq(subreaper, 1);
    ck_assert(proc_descendants(getpid(), &below));
    ck_assert_uint_eq(below.count, 0);
    ck_assert(proc_with_environment("TEST_BESIDE=us", &found));
    ck_assert_uint_eq(found.count, 1);
    ck_assert(process_signal(found.process[0], SIGKILL));
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
    process_list_clear(&found);
    process_list_clear(&below);
    words_clear(&words);
}
END_TEST

UNIT_TESTS("spawn-part",
    what_is_beside_us_is_not_below_a_subreaper)
