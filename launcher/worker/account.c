/*
 * account.c - the caller's names and directories, the same from cron,
 * ssh or a login.
 */
#include "worker/account.h"

#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* `entry` may be NULL. */
static void
account_fill(struct account *account, const struct passwd *entry,
    const char *home)
{
    char host[256] = "";

    gethostname(host, sizeof host - 1);
    account->home = text_copy(home);
    account->user = entry ? text_copy(entry->pw_name)
        : text_format("%u", (unsigned)geteuid());
    account->shell = text_copy(entry && *entry->pw_shell ? entry->pw_shell
        : "/bin/sh");
    account->host = text_copy(host);
}

bool
account_read(struct account *account, const char *home,
    struct problem *problem)
{
    const struct passwd *entry = getpwuid(geteuid());

    if (home == NULL)
        home = getenv("HOME");
    if ((home == NULL || *home != '/') && entry != NULL)
        home = entry->pw_dir;
    if (home == NULL || *home != '/')
        return problem_add(problem, STATUS_UNAVAILABLE, "user %u has no "
            "home directory; set HOME", (unsigned)geteuid());
    account_fill(account, entry, home);
    return true;
}

/* Of several names of one uid the first stands for all, as in `ls -l`. */
static const struct passwd *
account_entry(const char *user)
{
    const struct passwd *entry = getpwnam(user);

    return entry ? getpwuid(entry->pw_uid) : NULL;
}

bool
account_find(struct account *account, const char *user,
    struct problem *problem)
{
    const struct passwd *entry = account_entry(user);

    if (entry == NULL || *entry->pw_dir != '/')
        return problem_add(problem, STATUS_UNAVAILABLE, entry
            ? "user %s has no home directory on this machine; set one with "
            "usermod -d" : "there is no user %s on this machine; create the "
            "account, or correct or remove the setting user", user);
    account_fill(account, entry, entry->pw_dir);
    return true;
}

char *
account_name(const char *user)
{
    const struct passwd *entry = account_entry(user);

    return text_copy(entry ? entry->pw_name : user);
}

bool
account_is(const struct account *account, const char *user)
{
    char *name = user ? account_name(user) : NULL;
    bool same = name != NULL && strcmp(name, account->user) == 0;

    free(name);
    return same;
}

/* Processors that this process may use. */
static long
count_processors(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    return sysconf(_SC_NPROCESSORS_ONLN);
}

struct node
account_node(const struct account *account, const char *name)
{
    return (struct node){
        .name = name ? name : account->host,
        .user = account->user,
        .home = account->home,
        .shell = account->shell,
        .processors = count_processors(),
    };
}

void
account_clear(struct account *account)
{
    free(account->user);
    free(account->home);
    free(account->shell);
    free(account->host);
    *account = (struct account){0};
}
