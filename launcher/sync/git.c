/*
 * git.c - reads git's own messages; git has no statuses that tell them
 * apart.
 */
#include "sync/git.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sync/revision.h"
#include "system/spawn.h"

extern char **environ;

/*
 * The names that `git rev-parse --local-env-vars` of git 2.39 prints, but for
 * the settings of `git -c` and GIT_CONFIG_COUNT, which git lets its submodules
 * have as well; and what keeps git's messages from being English.
 */
static const char *const left_out[] = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG",
    "GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX", "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
    "LANGUAGE", "LC_ALL",
};

/* The first that is found counts: what comes later often follows from it. */
static const struct {
    const char *printed, *meaning;
} messages[] = {
    { "git: command not found", "there is no git on this machine; install "
        "it" },
    { "git: not found", "there is no git on this machine; install it" },
    { "No space left on device",
        "the disk is full; make room there" },
    { "Disk quota exceeded",
        "the disk quota is used up; make room there" },
    { ".lock': File exists",
        "another git is running there, or one that was killed left its lock; "
        "if none is running, remove the file named above" },
    { "would be overwritten by",
        "files there have local changes; commit, stash or discard them (see "
        "git status)" },
    { "cannot pull with rebase",
        "files there have local changes; commit, stash or discard them (see "
        "git status)" },
    { "Not possible to fast-forward",
        "the branch has commits that its remote does not have; push them (or "
        "git reset --hard @{upstream}, which discards them)" },
    { "have diverged", "the branch and its remote have diverged; merge or "
        "rebase there by hand" },
    { "divergent branches", "the branch and its remote have diverged; merge "
        "or rebase there by hand" },
    { "CONFLICT", "local and remote changes conflict; merge by hand, or git "
        "merge --abort" },
    { "not concluded your merge", "a merge there is unfinished; finish it by "
        "hand, or git merge --abort" },
    { "unmerged files", "a merge there is unfinished; finish it by hand, or "
        "git merge --abort" },
    { "dubious ownership", "the repository belongs to somebody else; set "
        "user to its owner, or allow it with git config --global "
        "safe.directory" },
    { "no tracking information", "the branch has no remote to pull from; "
        "git branch --set-upstream-to=origin/BRANCH, or name both in "
        "git_pull_cmd" },
    { "not currently on a branch", "no branch is checked out there; git "
        "checkout BRANCH" },
    { "couldn't find remote ref", "its remote has no such branch; correct "
        "the branch" },
    { "Permission denied (publickey", "the remote does not accept this user's "
        "key; try ssh by hand, and give cron a key without a passphrase" },
    { "Host key verification failed", "the remote's host key is unknown; "
        "connect once with ssh by hand" },
    { "Could not resolve host", "the remote's host cannot be resolved; check "
        "the network and the remote's URL" },
    { "Could not read from remote repository", "its remote cannot be reached; "
        "check git remote -v and the network" },
    { "does not appear to be a git repository", "its remote does not exist; "
        "check git remote -v" },
    { "unable to access", "its remote cannot be reached; check git remote -v "
        "and the network" },
    { "No such remote", "it has no remote of that name; git remote add" },
    { "No remote repository specified", "it has no remote; git remote add" },
    { "not a git repository", "there is no git repository; clone it there, "
        "or correct git_sync_dir" },
    { "Permission denied", "some of it belongs to somebody else; chown it, "
        "or set user" },
};

const char *
git_explain(const char *printed)
{
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (strstr(printed, messages[i].printed) != NULL)
            return messages[i].meaning;
    return NULL;
}

static bool
is_left_out(const char *variable)
{
    size_t length = strcspn(variable, "=");

    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strlen(left_out[i]) == length
            && strncmp(left_out[i], variable, length) == 0)
            return true;
    return false;
}

void
git_environment(struct words *environment)
{
    for (char **variable = environ; *variable != NULL; variable++)
        if (!is_left_out(*variable))
            words_add(environment, *variable);
    words_add(environment, "LC_ALL=C.UTF-8");
}

/*
 * What git prints, and not what it warns of or traces: that differs from call
 * to call.  False when it fails.
 */
static bool
git_prints(const struct words *words, char **printed)
{
    struct words environment = {0};
    struct spawn_setup setup = {
        .environment = &environment, .silent_input = true,
        .error = open("/dev/null", O_WRONLY | O_CLOEXEC),
    };
    struct problem ignored = {0};
    int result = 1;
    bool good;

    git_environment(&environment);
    good = spawn_run_with(words, &setup, printed, &result, &ignored)
        && result == 0;
    if (setup.error >= 0)
        close(setup.error);
    problem_clear(&ignored);
    words_clear(&environment);
    return good;
}

/*
 * Where git keeps its references in tables (from 2.45 on), HEAD is no file of
 * theirs, and git alone knows the commit; "" when it has none.
 */
static char *
find_revision(const char *directory)
{
    char *revision = revision_read(directory);
    struct words words = {0};

    if (*revision)
        return revision;
    free(revision);
    words_add_list(&words, "git", "-C", directory, "rev-parse", "--verify",
        "--quiet", "HEAD", NULL);
    if (git_prints(&words, &revision))
        revision[strcspn(revision, "\n")] = '\0';
    else
        *revision = '\0';
    words_clear(&words);
    return revision;
}

/* Submodules may follow branches of their own, so HEAD alone is not enough. */
char *
git_state(const char *directory)
{
    char *revision = find_revision(directory), *printed = NULL, *state;
    struct words words = {0};
    bool good;

    words_add_list(&words, "git", "-C", directory, "submodule", "status",
        "--recursive", NULL);
    good = git_prints(&words, &printed);
    state = *revision && good
        ? text_format("%s %s", revision, printed) : NULL;
    for (char *end = state; end != NULL && *end; end++)
        if (*end == '\n')
            *end = ' ';
    words_clear(&words);
    free(revision);
    free(printed);
    return state;
}
