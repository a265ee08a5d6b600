/* test-privileged.c - what a start as a user asks of root. */
#include "unit-help.h"

#include <sys/socket.h>

#include "sync/privileged.h"

START_TEST(nobody_waits_for_a_root_that_is_gone)
{
    struct problem problem = {0};
    struct workers workers = {0};
    int ends[2];

    ck_assert(resolve_text("workers = ( { queue = \"q\"; user = \"ann\"; "
        "root_setup_cmd = \"true\"; } );", "n", &workers, &problem));
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    close(ends[0]);
    privileged_ask_through(ends[1]);
    ck_assert(!privileged_setup(&workers.worker[0], &problem));
    same_problem(0, &problem, STATUS_UNAVAILABLE, "q: root's part of the start "
        "cannot be done because root's call is gone (user ann); try again");
    workers_clear(&workers);
    close(ends[1]);
}
END_TEST

UNIT_TESTS("privileged",
    nobody_waits_for_a_root_that_is_gone)
