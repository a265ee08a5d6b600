/*
 * account.c - the caller's names and directories, the same from cron,
 * ssh or a login.
 */
#include "worker/account.h"

#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "system/spawn.h"
#include "worker/celery.h"

/* musl knows the accounts of /etc/passwd alone, and no directory's. */
#ifdef __GLIBC__
#define ACCOUNTS "on this machine"
#else
#define ACCOUNTS "in /etc/passwd, and this build of celery-tmux-launch looks " \
    "nowhere else for other users"
#endif

/*
 * The entry that getent(1) has of a uid.  It asks what the system is set up
 * to ask, LDAP for one, which a program that is linked statically cannot.
 */
static const struct passwd *
account_ask(uid_t uid)
{
    const struct passwd *entry = NULL;
    struct problem ignored = {0};
    struct words words = {0};
    char *printed = NULL;
    FILE *stream = NULL;
    int result;

    words_add(&words, "getent");
    words_add(&words, "passwd");
    words_addf(&words, "%u", (unsigned)uid);
    if (spawn_run(&words, &printed, &result, &ignored) && result == 0
        && *printed)
        stream = fmemopen(printed, strlen(printed), "r");
    if (stream != NULL) {
        entry = fgetpwent(stream);
        fclose(stream);
    }
    if (entry != NULL && entry->pw_uid != uid)
        entry = NULL;
    free(printed);
    words_clear(&words);
    problem_clear(&ignored);
    return entry;
}

/* Does a worker's PATH have that directory? */
static bool
is_searched(const char *directory)
{
    size_t length = strlen(directory);
    const char *at = CELERY_PATH;

    for (; *at; at += strcspn(at, ":"), at += *at == ':')
        if (strcspn(at, ":") == length && strncmp(at, directory, length) == 0)
            return true;
    return false;
}

/*
 * The celery beside this program, in shell words: pip puts both into one
 * environment.  NULL: there is none, or a worker's PATH finds it anyway.
 */
static char *
account_celery(void)
{
    struct problem ignored = {0};
    struct words words = {0};
    char *found = NULL, *slash;

    if (spawn_self_words(&words, NULL, NULL, &ignored)
        && (slash = strrchr(words.word[0], '/')) != NULL) {
        char *path;

        *slash = '\0';
        path = text_format("%s/celery", words.word[0]);
        if (!is_searched(words.word[0]) && access(path, X_OK) == 0) {
            words_clear(&words);
            words_add(&words, path);
            found = words_to_shell(&words);
        }
        free(path);
    }
    words_clear(&words);
    problem_clear(&ignored);
    return found;
}

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
    account->celery = account_celery();
}

bool
account_read(struct account *account, const char *home,
    struct problem *problem)
{
    const struct passwd *entry = getpwuid(geteuid());

    if (entry == NULL)
        entry = account_ask(geteuid());
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
            "usermod -d" : "there is no user %s " ACCOUNTS "; create the "
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
        .celery = account->celery,
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
    free(account->celery);
    *account = (struct account){0};
}
