/* test-strays.c - what is left of a run, or may be. */
#include "unit-help.h"

#include <errno.h>

#include "lifecycle/job.h"
#include "lifecycle/strays.h"
#include "system/process.h"

START_TEST(what_is_left_has_a_sentence_with_a_way_out)
{
    static char name[] = "one";
    const struct worker worker = { .name = name };
    struct job job = { .worker = &worker };
    char *desired, *names;

    ck_assert(strays_check_none(&job, STATUS_AGAIN));
    no_problem(0, &job.problem);
    job.blind = ENOENT;
    ck_assert(!strays_check_none(&job, STATUS_AGAIN));
    same_problem(1, &job.problem, STATUS_AGAIN, "one: cannot determine whether "
        "all of it has ended: No such file or directory; check that /proc is "
        "mounted");
    process_list_add(&job.left, proc_process(getpid()));
    names = process_list_describe(&job.left);
    desired = text_format("one: some of its processes are left: %s; it "
        "survives KILL because it is waiting for a device or file system; "
        "mend that, or reboot", names);
    ck_assert(!strays_check_none(&job, STATUS_DEAD));
    same_problem(2, &job.problem, STATUS_DEAD, desired);
    free(desired);
    free(names);
    process_list_clear(&job.left);
}
END_TEST

UNIT_TESTS("strays",
    what_is_left_has_a_sentence_with_a_way_out)
