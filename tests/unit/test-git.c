/* test-git.c - what git prints, and what that means. */
#include "unit.h"

#include "sync/git.h"

/* As git 2.39 prints it; the beginning of what we make of it. */
static const struct {
    const char *printed, *meaning;
} rows[] = {
    { "Already up to date.\n", NULL },
    { "", NULL },
    { "/bin/bash: line 1: git: command not found\n",
        "there is no git on this machine" },
    { "/bin/sh: 1: git: not found\n", "there is no git on this machine" },
    { "error: Your local changes to the following files would be overwritten "
        "by merge:\n\ta\nPlease commit your changes or stash them before you "
        "merge.\nAborting\n", "files there have local changes" },
    { "error: The following untracked working tree files would be "
        "overwritten by merge:\n\ta\n", "files there have local changes" },
    { "error: cannot pull with rebase: You have unstaged changes.\n",
        "files there have local changes" },
    { "fatal: Not possible to fast-forward, aborting.\n",
        "the branch has commits that its remote does not have" },
    { "hint: You have divergent branches and need to specify how to "
        "reconcile them.\n", "the branch and its remote have diverged" },
    { "CONFLICT (content): Merge conflict in a\n",
        "local and remote changes conflict" },
    { "error: You have not concluded your merge (MERGE_HEAD exists).\n"
        "fatal: Exiting because of unfinished merge.\n",
        "a merge there is unfinished" },
    { "fatal: Unable to create '/r/.git/index.lock': File exists.\n",
        "another git is running there, or one that was killed left its lock" },
    { "fatal: write error: No space left on device\n", "the disk is full" },
    { "There is no tracking information for the current branch.\n",
        "the branch has no remote to pull from" },
    { "fatal: couldn't find remote ref nowhere\n",
        "its remote has no such branch" },
    { "ada@host: Permission denied (publickey).\nfatal: Could not read from "
        "remote repository.\n", "the remote does not accept this user's key" },
    { "Host key verification failed.\nfatal: Could not read from remote "
        "repository.\n", "the remote's host key is unknown" },
    { "fatal: unable to access 'https://h/r/': Could not resolve host: h\n",
        "the remote's host cannot be resolved" },
    { "fatal: '/gone' does not appear to be a git repository\nfatal: Could "
        "not read from remote repository.\n", "its remote cannot be reached" },
    { "fatal: not a git repository (or any of the parent directories): .git\n",
        "there is no git repository" },
    { "fatal: detected dubious ownership in repository at '/r'\n",
        "the repository belongs to somebody else" },
};

START_TEST(what_git_prints_is_explained)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *meaning = git_explain(rows[i].printed);

        if (rows[i].meaning == NULL)
            ck_assert_msg(meaning == NULL, "row %zu: %s", i, meaning);
        else
            ck_assert_msg(meaning && strncmp(meaning, rows[i].meaning,
                strlen(rows[i].meaning)) == 0, "row %zu: %s", i,
                meaning ? meaning : "(nothing)");
    }
}
END_TEST

UNIT_TESTS("git", what_git_prints_is_explained)
