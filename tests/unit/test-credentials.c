/* test-credentials.c - whom a program is to run as. */
#include "unit-help.h"

#include <grp.h>

#include "system/credentials.h"

/* Groups that there are, and how often that many more come. */
static int groups_now, growths;

/* As getgrouplist(3), of a user who is taken into groups after each look. */
int
getgrouplist(const char *user, gid_t group, gid_t *groups, int *count)
{
    int room = *count;

    (void)user;
    *count = groups_now;
    for (int i = 0; i < *count && i < room; i++)
        groups[i] = group + i;
    groups_now += growths-- > 0 ? groups_now : 0;
    return *count > room ? -1 : *count;
}

START_TEST(groups_that_come_meanwhile_are_among_them)
{
    struct credentials owner = {0};
    struct problem problem = {0};

    groups_now = 10;
    growths = 3;
    ck_assert(credentials_find(&owner, "root", &problem));
    no_problem(0, &problem);
    ck_assert_int_eq(owner.group_count, 80);
    for (int i = 0; i < owner.group_count; i++)
        ck_assert_int_eq(owner.groups[i], i);
    credentials_clear(&owner);

    groups_now = 1;
    growths = 20;
    ck_assert(!credentials_find(&owner, "root", &problem));
    same_problem(1, &problem, STATUS_AGAIN, "the groups of user root keep "
        "changing; try again");
    credentials_clear(&owner);
}
END_TEST

START_TEST(a_user_is_found_or_is_gone)
{
    struct credentials owner = {0};
    struct problem problem = {0};

    groups_now = 1;
    growths = 0;
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
    a_user_is_found_or_is_gone,
    groups_that_come_meanwhile_are_among_them)
