/* test-credentials.c - whom a program is to run as. */
#include "unit-help.h"

#include "system/credentials.h"

START_TEST(a_user_is_found_or_is_gone)
{
    struct credentials owner = {0};
    struct problem problem = {0};

    ck_assert(credentials_find(&owner, "root", &problem));
    no_problem(0, &problem);
    ck_assert(owner.user == 0 && owner.group_count > 0);
    credentials_clear(&owner);
    ck_assert(!credentials_find(&owner, "celery-tmux-nobody", &problem));
    same_problem(1, &problem, STATUS_UNAVAILABLE, "user celery-tmux-nobody no "
        "longer exists; correct the setting user");
}
END_TEST

UNIT_TESTS("credentials",
    a_user_is_found_or_is_gone)
