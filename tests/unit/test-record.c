/* test-record.c - what is remembered of a worker between calls. */
#include "unit-help.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "record/record.h"

static struct problem problem;

/* A record made below a new directory, whose path is the result. */
static char *
make(struct record *record)
{
    char *base = scratch_make(), *state = text_format("%s/a/b", base);

    record_name(record, state, "celery-video,image");
    record_make(record, &problem);
    no_problem(0, &problem);
    free(state);
    return base;
}

static mode_t
mode_of(const char *path)
{
    struct stat status;

    ck_assert_int_eq(stat(path, &status), 0);
    return status.st_mode & 07777;
}

START_TEST(a_record_is_a_private_directory_named_after_host_and_session)
{
    struct record record = {0};
    bool exists = true;
    char *base = scratch_make(), host[256] = "", *desired;

    gethostname(host, sizeof host - 1);
    record_name(&record, base, "s");
    desired = text_format("%s/%s/s", base, host);
    ck_assert_str_eq(record.directory, desired);
    ck_assert(record_exists(&record, &exists, &problem));
    ck_assert(!exists);
    umask(0);
    ck_assert(record_make(&record, &problem));
    ck_assert(record_make(&record, &problem));
    ck_assert(record_exists(&record, &exists, &problem));
    ck_assert(exists);
    ck_assert_uint_eq(mode_of(record.directory), 0700);
    ck_assert(record_write(&record, "x", "text", &problem));
    ck_assert(record_lock(&record, 0, &problem));
    for (size_t i = 0; i < 2; i++) {
        char *path = text_format("%s/%s", desired, i ? "x" : "lock");

        ck_assert_uint_eq(mode_of(path), 0600);
        free(path);
    }
    record_clear(&record);
    ck_assert_ptr_null(record.directory);
    free(desired);
    scratch_remove(base);
}
END_TEST

START_TEST(a_record_that_others_can_write_is_refused)
{
    struct record record = {0};
    char *base = make(&record);
    bool exists;

    ck_assert_int_eq(chmod(record.directory, 0770), 0);
    ck_assert(!record_make(&record, &problem));
    ck_assert_int_eq(problem.status, STATUS_PERMISSION);
    ck_assert_ptr_nonnull(strstr(problem.text, "chmod g-w"));
    problem_clear(&problem);
    ck_assert(!record_exists(&record, &exists, &problem));
    ck_assert_int_eq(problem.status, STATUS_PERMISSION);
    problem_clear(&problem);
    record_clear(&record);
    scratch_remove(base);
}
END_TEST

START_TEST(a_file_is_read_as_it_was_written)
{
    static const char *const texts[] = {
        "", "a", "a\nb\n", "\n", "s\xc3\xa9\xff", "%s%n",
    };
    struct record record = {0};
    char *base = make(&record), *path, *text;

    ck_assert_ptr_null(record_read(&record, "none"));
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ck_assert(record_write(&record, "x", texts[i], &problem));
        text = record_read(&record, "x");
        same_text(i, text, texts[i]);
        free(text);
    }
    record_remove(&record, "x");
    record_remove(&record, "x");
    ck_assert_ptr_null(record_read(&record, "x"));
    /* Neither a directory nor a symbolic link is a file of the record. */
    path = text_format("%s/link", record.directory);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    ck_assert_ptr_null(record_read(&record, "link"));
    ck_assert_ptr_null(record_read(&record, "runs"));
    /* Nothing half-written is left. */
    ck_assert_int_eq(unlink(path), 0);
    free(path);
    path = text_format("%s/runs", record.directory);
    rmdir(path);
    free(path);
    ck_assert_int_eq(rmdir(record.directory), 0);
    record_clear(&record);
    scratch_remove(base);
}
END_TEST

static bool
make_closed(struct record *record, const char *state)
{
    (void)state;
    return record_make(record, &problem);
}

static bool
find_closed(struct record *record, const char *state)
{
    bool exists;

    (void)state;
    return record_exists(record, &exists, &problem);
}

static bool
list_closed(struct record *record, const char *state)
{
    struct words found = {0};

    (void)record;
    return record_list(state, NULL, &found, &problem);
}

START_TEST(what_cannot_be_made_or_written_has_a_sentence)
{
    struct record record = {0};
    char *base = make(&record), *desired;

    desired = text_format("cannot write %s/runs: Is a directory; make room "
        "there, or set state_dir to another directory", record.directory);
    ck_assert(!record_write(&record, "runs", "x", &problem));
    same_problem(0, &problem, STATUS_UNAVAILABLE, desired);
    free(desired);
    desired = text_format("cannot write %s/no/x: No such file or directory; "
        "make room there, or set state_dir to another directory",
        record.directory);
    ck_assert(!record_write(&record, "no/x", "x", &problem));
    same_problem(1, &problem, STATUS_UNAVAILABLE, desired);
    free(desired);
    record_clear(&record);
    record_name(&record, "/dev/null/state", "s");
    desired = text_format("cannot create the directory %s: Not a directory; "
        "set state_dir to one that you can write", record.directory);
    ck_assert(!record_make(&record, &problem));
    same_problem(2, &problem, STATUS_UNAVAILABLE, desired);
    free(desired);
    desired = text_format("cannot lock %s/lock: Not a directory; set "
        "state_dir to a directory that you can write, on a file system "
        "with working locks", record.directory);
    ck_assert(!record_lock(&record, 0, &problem));
    same_problem(3, &problem, STATUS_UNAVAILABLE, desired);
    free(desired);
    record_clear(&record);
    scratch_remove(base);
}
END_TEST

/* Below a directory that is closed to us. */
START_TEST(what_is_closed_to_us_has_a_sentence)
{
    static const struct {
        bool (*call)(struct record *record, const char *state);
        enum status status;
        const char *begin, *end;
    } rows[] = {
        { make_closed, STATUS_PERMISSION, "cannot create the directory ",
          ": Permission denied; set state_dir to one that you can write" },
        { find_closed, STATUS_AGAIN, "cannot access ", ": Permission denied; "
          "nothing was done; correct its permissions" },
        { list_closed, STATUS_AGAIN, "cannot list the workers in ",
          ": Permission denied; check that you can read it" },
    };
    struct record record = {0};
    char *base = make(&record), *state = text_format("%s/a/b", base);

    ck_assert_int_eq(chmod(base, 0), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool good;

        be_nobody(true);
        good = rows[i].call(&record, state);
        be_nobody(false);
        ck_assert_msg(!good, "row %zu", i);
        ck_assert_msg(text_starts(problem.text, rows[i].begin)
            && text_ends(problem.text, rows[i].end)
            && problem.status == rows[i].status, "row %zu: %s (%d)", i,
            problem.text, (int)problem.status);
        problem_clear(&problem);
    }
    ck_assert_int_eq(chmod(base, 0700), 0);
    free(state);
    record_clear(&record);
    scratch_remove(base);
}
END_TEST

START_TEST(the_records_of_this_host_are_listed)
{
    static const char *const names[] = { "celery-a", "celery-b,c", "x+2" };
    char *base = scratch_make();
    struct words found = {0};

    ck_assert(record_list(base, NULL, &found, &problem));
    ck_assert_uint_eq(found.count, 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct record record = {0};

        record_name(&record, base, names[i]);
        ck_assert(record_make(&record, &problem));
        record_clear(&record);
    }
    ck_assert(record_list(base, NULL, &found, &problem));
    ck_assert_uint_eq(found.count, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert(words_contain(&found, names[i]));
    words_clear(&found);
    scratch_remove(base);
}
END_TEST

/* A child that holds the lock for so many milliseconds, from now on. */
static pid_t
hold(const struct record *record, int milliseconds)
{
    int ready[2];
    pid_t child;
    char byte;

    ck_assert_int_eq(pipe(ready), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct record own = { .directory = record->directory };

        if (record_lock(&own, 0, &problem))
            (void)!write(ready[1], "", 1);
        clock_sleep(milliseconds);
        _exit(0);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

START_TEST(a_lock_is_waited_for)
{
    struct record record = {0}, other = {0};
    char *base = make(&record), *desired;
    long long began = clock_now();
    pid_t child = hold(&record, 300);

    ck_assert(record_lock(&record, 60, &problem));
    ck_assert_int_ge(clock_now() - began, 300);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    /* Held by us; a second one gives up after its second. */
    other.directory = text_copy(record.directory);
    began = clock_now();
    ck_assert(!record_lock(&other, 1, &problem));
    ck_assert_int_ge(clock_now() - began, 1000);
    desired = text_format("%s/lock has been locked by another "
        "celery-tmux-launch for 1 s; try again later (fuser -v %s/lock "
        "shows which)", record.directory, record.directory);
    same_problem(0, &problem, STATUS_AGAIN, desired);
    ck_assert_int_eq(other.lock, 0);
    record_unlock(&record);
    record_unlock(&record);
    ck_assert(record_lock(&other, 0, &problem));
    free(desired);
    record_clear(&other);
    record_clear(&record);
    scratch_remove(base);
}
END_TEST

/* How many of the next calls a signal interrupts. */
static int interruptions;

int
flock(int descriptor, int operation)
{
    if (interruptions-- > 0) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_flock, descriptor, operation);
}

START_TEST(a_lock_is_taken_amid_signals)
{
    struct record record = {0};
    char *base = make(&record);

    interruptions = 3;
    ck_assert(record_lock(&record, 0, &problem));
    no_problem(0, &problem);
    ck_assert_int_lt(interruptions, 0);
    record_clear(&record);
    scratch_remove(base);
}
END_TEST

START_TEST(a_lock_ends_with_its_process)
{
    struct record record = {0};
    char *base = make(&record);
    pid_t child = hold(&record, 60000);

    ck_assert(!record_lock(&record, 0, &problem));
    problem_clear(&problem);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert(record_lock(&record, 0, &problem));
    record_clear(&record);
    scratch_remove(base);
}
END_TEST

UNIT_TESTS("record",
    a_record_is_a_private_directory_named_after_host_and_session,
    a_record_that_others_can_write_is_refused,
    a_file_is_read_as_it_was_written,
    what_cannot_be_made_or_written_has_a_sentence,
    what_is_closed_to_us_has_a_sentence,
    the_records_of_this_host_are_listed,
    a_lock_is_waited_for,
    a_lock_is_taken_amid_signals,
    a_lock_ends_with_its_process)
