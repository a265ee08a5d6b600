/* test-sync-lock.c - who syncs alone, and what the last sync came to. */
#include "unit-help.h"

#include <errno.h>

#include "sync/sync-lock.h"

static struct problem problem;
static char *base;

/* Run a line in the scratch directory. */
static void
shell(const char *line)
{
    free(scratch_shell(base, line, &problem));
}

/* The directory of that name, "" for the scratch directory itself. */
static void
add(struct sync_locks *locks, const char *name, bool repository)
{
    char *path = text_format("%s/%s", base, name);

    if (repository)
        sync_locks_add(locks, path);
    else
        sync_locks_add_directory(locks, path);
    free(path);
}

START_TEST(each_place_is_locked_once_and_in_one_order)
{
    static const char *const files[] = {
        "a/.git/celery-tmux.sync", "b/.git/celery-tmux.sync", "c/sync"
    };
    struct sync_locks locks = {0};

    base = scratch_make();
    shell("git init -q a; git init -q b; mkdir a/below c");
    add(&locks, "c", false);
    add(&locks, "b", true);
    add(&locks, "a/below", true);
    add(&locks, "a", true);
    add(&locks, "b", true);
    add(&locks, "c", false);
    /* Neither is a repository. */
    add(&locks, "c", true);
    add(&locks, "none", true);
    ck_assert_uint_eq(locks.count, COUNT_OF(files));
    sync_locks_sort(&locks);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char *file = text_format("%s/%s", base, files[i]);

        same_text(i, locks.lock[i].file, file);
        ck_assert(locks.lock[i].repository == (i < 2));
        ck_assert_int_eq(locks.lock[i].descriptor, -1);
        free(file);
    }
    sync_locks_clear(&locks);
    ck_assert(locks.count == 0 && locks.lock == NULL);
    sync_locks_sort(&locks);
    sync_locks_clear(&locks);
    scratch_remove(base);
}
END_TEST

START_TEST(one_holds_it_and_the_others_have_a_sentence)
{
    struct sync_locks one = {0}, other = {0};
    char *desired;

    base = scratch_make();
    /* Its directory is made, and belongs to the caller alone. */
    add(&one, "new/place", false);
    add(&other, "new/place", false);
    ck_assert(sync_lock_take(&one.lock[0], 0));
    ck_assert_str_eq(one.lock[0].before, "");
    ck_assert(!sync_lock_take(&other.lock[0], 0));
    ck_assert_int_eq(errno, EWOULDBLOCK);
    ck_assert(!sync_lock_wait(&other.lock[0], 0, &problem));
    desired = text_format("another sync has held %s for 0 s; try again "
        "later (fuser -v %s on its machine shows which)",
        one.lock[0].file, one.lock[0].file);
    same_problem(0, &problem, STATUS_AGAIN, desired);
    free(desired);
    sync_locks_clear(&one);
    ck_assert(sync_lock_wait(&other.lock[0], 0, &problem));
    no_problem(1, &problem);
    sync_locks_clear(&other);
    scratch_remove(base);
}
END_TEST

START_TEST(what_cannot_be_locked_has_a_sentence)
{
    static const struct {
        const char *line;
        enum status status;
        const char *begin;
    } rows[] = {
        { "ln -s /etc/passwd r/.git/celery-tmux.sync", STATUS_PERMISSION,
          "is not a file of yours, so it cannot be the lock" },
        { "mkdir r/.git/celery-tmux.sync", STATUS_PERMISSION,
          "is not a file of yours, so it cannot be the lock" },
        { "mkfifo r/.git/celery-tmux.sync", STATUS_PERMISSION,
          "is not a file of yours, so it cannot be the lock" },
        { "mv r gone", STATUS_UNAVAILABLE, "cannot lock " },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sync_locks locks = {0};

        base = scratch_make();
        shell("git init -q r");
        add(&locks, "r", true);
        shell(rows[i].line);
        ck_assert_msg(!sync_lock_wait(&locks.lock[0], 0, &problem), "row %zu",
            i);
        ck_assert_msg(problem.status == rows[i].status
            && strstr(problem.text, rows[i].begin), "row %zu: %d, %s", i,
            (int)problem.status, problem.text);
        ck_assert_msg(strstr(problem.text, locks.lock[0].file) != NULL,
            "row %zu: %s", i, problem.text);
        problem_clear(&problem);
        sync_locks_clear(&locks);
        scratch_remove(base);
    }
}
END_TEST

START_TEST(a_place_that_is_closed_to_us_is_a_matter_of_permission)
{
    struct sync_locks locks = {0};
    char *desired;

    base = scratch_make();
    add(&locks, "closed", false);
    shell("mkdir -m 0 closed");
    be_nobody(true);
    ck_assert(!sync_lock_wait(&locks.lock[0], 0, &problem));
    be_nobody(false);
    desired = text_format("cannot lock %s: Permission denied; sync as the "
        "owner of that file, or remove it to sync as another user; its file "
        "system needs working locks", locks.lock[0].file);
    same_problem(0, &problem, STATUS_PERMISSION, desired);
    free(desired);
    sync_locks_clear(&locks);
    scratch_remove(base);
}
END_TEST

enum then { KEEP, FORGET, REMEMBER };

/* One sync of `name`, and what its file says then; was it needed? */
static bool
sync_changed(const char *name, bool repository, enum then then)
{
    struct sync_locks locks = {0};
    bool changed;

    add(&locks, name, repository);
    ck_assert_uint_eq(locks.count, 1);
    ck_assert(sync_lock_take(&locks.lock[0], 0));
    changed = sync_locks_changed(&locks);
    if (then == FORGET)
        sync_locks_forget(&locks);
    if (then == REMEMBER)
        sync_locks_remember(&locks);
    sync_locks_clear(&locks);
    return changed;
}

START_TEST(a_sync_is_needed_until_one_came_to_its_end)
{
    struct sync_locks none = {0};

    base = scratch_make();
    shell("git init -q r; git -C r commit -q --allow-empty -m 1");
    ck_assert(sync_changed("r", true, KEEP));
    ck_assert(sync_changed("r", true, REMEMBER));
    ck_assert(!sync_changed("r", true, KEEP));
    ck_assert(!sync_changed("r", true, REMEMBER));
    shell("git -C r commit -q --allow-empty -m 2");
    ck_assert(sync_changed("r", true, KEEP));
    ck_assert(sync_changed("r", true, REMEMBER));
    /* One that began and was cut off leaves it empty. */
    ck_assert(!sync_changed("r", true, FORGET));
    ck_assert(sync_changed("r", true, REMEMBER));
    ck_assert(!sync_changed("r", true, KEEP));
    shell("git -C r checkout -q HEAD^");
    ck_assert(sync_changed("r", true, KEEP));
    shell("git -C r checkout -q -");
    ck_assert(!sync_changed("r", true, KEEP));
    /* Nothing of a longer text is left behind a shorter one. */
    shell("head -c 5000 /dev/zero | tr '\\0' x >r/.git/celery-tmux.sync");
    ck_assert(sync_changed("r", true, REMEMBER));
    ck_assert(!sync_changed("r", true, KEEP));
    shell("test $(wc -c <r/.git/celery-tmux.sync) -lt 100");
    /* There are no commits to compare. */
    ck_assert(sync_changed("directory", false, REMEMBER));
    ck_assert(sync_changed("directory", false, KEEP));
    shell("git init -q empty");
    ck_assert(sync_changed("empty", true, REMEMBER));
    ck_assert(sync_changed("empty", true, KEEP));
    ck_assert(sync_locks_changed(&none));
    scratch_remove(base);
}
END_TEST

START_TEST(one_repository_that_changed_is_enough)
{
    struct sync_locks locks = {0};

    base = scratch_make();
    shell("for r in a b; do git init -q $r; "
        "git -C $r commit -q --allow-empty -m 1; done");
    ck_assert(sync_changed("a", true, REMEMBER));
    ck_assert(sync_changed("b", true, REMEMBER));
    shell("git -C b commit -q --allow-empty -m 2");
    add(&locks, "b", true);
    add(&locks, "a", true);
    for (size_t i = 0; i < locks.count; i++)
        ck_assert(sync_lock_take(&locks.lock[i], 0));
    ck_assert(sync_locks_changed(&locks));
    sync_locks_remember(&locks);
    sync_locks_clear(&locks);
    ck_assert(!sync_changed("a", true, KEEP));
    ck_assert(!sync_changed("b", true, KEEP));
    scratch_remove(base);
}
END_TEST

UNIT_TESTS("sync-lock",
    each_place_is_locked_once_and_in_one_order,
    one_holds_it_and_the_others_have_a_sentence,
    what_cannot_be_locked_has_a_sentence,
    a_place_that_is_closed_to_us_is_a_matter_of_permission,
    a_sync_is_needed_until_one_came_to_its_end,
    one_repository_that_changed_is_enough)
