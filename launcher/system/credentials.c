/*
 * credentials.c - from root to another user.
 *
 * runuser(1) would bring the user's limits through PAM.  But it hands every
 * descriptor on, the terminal too without --pty, stops when its child is
 * stopped, wants a PAM configuration that many containers do not have, and
 * costs 60 ms; so all that follows here would be needed all the same.
 */
#include "system/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

/* Looks at groups that change all the time. */
enum { LOOKS = 10 };

/* <linux/keyctl.h> and <linux/ioprio.h>, which not every machine has. */
enum { JOIN_SESSION_KEYRING = 1, PROCESS = 1, CLASS_SHIFT = 13,
    REAL_TIME = 1 };

/* Somebody may take the user into one more between two looks. */
static bool
find_groups(struct credentials *owner, const char *user,
    struct problem *problem)
{
    int room = 0, count = 0;

    for (int i = 0; i < LOOKS; i++) {
        if (getgrouplist(user, owner->group, owner->groups, &count) >= 0) {
            owner->group_count = count;
            return true;
        }
        room = count > room ? count : room + 1;
        owner->groups = text_reallocate(owner->groups, room,
            sizeof *owner->groups);
        count = room;
    }
    return problem_add(problem, STATUS_AGAIN, "the groups of user %s keep "
        "changing; try again", user);
}

bool
credentials_find(struct credentials *owner, const char *user,
    struct problem *problem)
{
    const struct passwd *entry = getpwnam(user);

    if (entry == NULL)
        return problem_add(problem, STATUS_UNAVAILABLE, "user %s no longer "
            "exists; correct the setting user",
            user);
    owner->user = entry->pw_uid;
    owner->group = entry->pw_gid;
    return find_groups(owner, user, problem);
}

static rlim_t
lower(rlim_t one, rlim_t other)
{
    return one < other ? one : other;
}

/* The first process has what the machine, or the container, allows. */
static void
lower_limits(void)
{
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit first, own;

        if (prlimit(1, i, NULL, &first) != 0
            || prlimit(0, i, NULL, &own) != 0)
            continue;
        own.rlim_cur = lower(own.rlim_cur, first.rlim_cur);
        own.rlim_max = lower(own.rlim_max, first.rlim_max);
        prlimit(0, i, &own, NULL);
    }
}

/*
 * A caller that was made less important stays so.  The C library of a static
 * build, musl, answers ENOSYS to what is asked of the kernel itself here.
 */
static void
drop_privileges_of_scheduling(void)
{
    static const struct sched_param ordinary;
    int descriptor = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    long policy = syscall(SYS_sched_getscheduler, 0);
    char first = 0;

    if (getpriority(PRIO_PROCESS, 0) < 0)
        setpriority(PRIO_PROCESS, 0, 0);
    if (policy == SCHED_FIFO || policy == SCHED_RR)
        syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &ordinary);
    if (syscall(SYS_ioprio_get, PROCESS, 0) >> CLASS_SHIFT == REAL_TIME)
        syscall(SYS_ioprio_set, PROCESS, 0, 0);
    if (descriptor < 0)
        return;
    if (read(descriptor, &first, 1) == 1 && first == '-')
        (void)!pwrite(descriptor, "0", 1, 0);
    close(descriptor);
}

/* Where there are no keyrings for us, there are none for the user either. */
static int
leave_keyring(void)
{
    return syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) >= 0
        || errno == ENOSYS || errno == EPERM ? 0 : -1;
}

/* Groups first: without the user there is no right to change them. */
int
credentials_become(const struct credentials *owner)
{
    umask(S_IWGRP | S_IWOTH);
    lower_limits();
    drop_privileges_of_scheduling();
    return setgroups(owner->group_count, owner->groups) < 0
        || setresgid(owner->group, owner->group, owner->group) < 0
        || setresuid(owner->user, owner->user, owner->user) < 0
        || leave_keyring() < 0 ? -1 : 0;
}

void
credentials_clear(struct credentials *owner)
{
    free(owner->groups);
    *owner = (struct credentials){0};
}
