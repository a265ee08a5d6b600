/* test-watch.c - the first thing that a runner does, and its end. */
#include "unit-help.h"

#include "runner/runner.h"

START_TEST(without_descriptors_nothing_is_heard)
{
    struct problem problem = {0};
    struct runner runner = {0};
    rlim_t before = limit_to(RLIMIT_NOFILE, 0);
    bool good = runner_listen(&runner, &problem);

    limit_to(RLIMIT_NOFILE, before);
    ck_assert(!good);
    same_problem(0, &problem, STATUS_INTERNAL, "cannot watch for signals: Too "
        "many open files; raise the limit of open files");
}
END_TEST

UNIT_TESTS("watch",
    without_descriptors_nothing_is_heard)
