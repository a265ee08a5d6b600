/* test-revision.c - the commit of a repository, read without git. */
#include "unit-help.h"

#include "sync/revision.h"

static struct problem problem;
static char *base;

/* Run a line in the scratch directory; what it printed, without the end. */
static char *
shell(const char *line)
{
    return scratch_shell(base, line, &problem);
}

/* Does `directory` have the commit that git tells? */
static void
same(const char *directory)
{
    char *line = text_format("git -C %s rev-parse HEAD", directory);
    char *path = text_format("%s/%s", base, directory);
    char *desired = shell(line), *found = revision_read(path);

    ck_assert_uint_ge(strlen(desired), 40);
    ck_assert_str_eq(found, desired);
    free(found);
    free(desired);
    free(path);
    free(line);
}

START_TEST(it_is_what_git_says)
{
    base = scratch_make();
    free(shell("git init -q a; git -C a commit -q --allow-empty -m 1; "
        "mkdir a/below"));
    same("a");
    same("a/below");
    free(shell("git -C a commit -q --allow-empty -m 2"));
    same("a");
    free(shell("git -C a checkout -q --detach HEAD^"));
    same("a");
    free(shell("git -C a checkout -q -b other/name; git -C a pack-refs --all"));
    same("a");
    free(shell("git -C a worktree add -q ../tree -b third; "
        "git -C tree commit -q --allow-empty -m 3"));
    same("tree");
    free(shell("git -C a pack-refs --all"));
    same("tree");
    free(shell("git init -q c; git -C c -c protocol.file.allow=always "
        "submodule add -q ../a sub 2>/dev/null"));
    same("c/sub");
    scratch_remove(base);
}
END_TEST

START_TEST(there_may_be_none)
{
    static const char *const lines[] = {
        "mkdir none", "git init -q none",
        "mkdir -p none/.git; echo 'ref: refs/heads/x' >none/.git/HEAD",
        "mkdir -p none/.git/r; echo 'ref: r/x' >none/.git/HEAD; "
        "echo 'ref: r/x' >none/.git/r/x",
        "mkdir -p none/.git; echo 'ref: ../../x' >none/.git/HEAD; "
        "echo 0123456789012345678901234567890123456789 >x",
        "mkdir none; echo 'gitdir: /nowhere' >none/.git",
        "mkdir -p none/.git; echo rubbish >none/.git/HEAD",
        "mkdir -p none/.git; mkfifo none/.git/HEAD",
    };

    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        char *path, *found;

        base = scratch_make();
        free(shell(lines[i]));
        path = text_format("%s/none", base);
        found = revision_read(path);
        ck_assert_msg(*found == '\0', "row %zu: %s", i, found);
        free(found);
        free(path);
        scratch_remove(base);
    }
    base = revision_read(NULL);
    ck_assert_str_eq(base, "");
    free(base);
}
END_TEST

UNIT_TESTS("revision",
    it_is_what_git_says,
    there_may_be_none)
