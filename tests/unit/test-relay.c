/* test-relay.c - programs that run as another user and mean no good. */
#include "unit-help.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "users/relay.h"

static struct problem problem;
/* How often its user stops it before it executes anything. */
static int early_stops;

/* The last thing it does as the user before that, in the C library's place. */
int
chdir(const char *path)
{
    while (early_stops-- > 0)
        raise(SIGSTOP);
    return syscall(SYS_chdir, path);
}

/* Only root can be somebody else. */
static bool
is_possible(void)
{
    if (geteuid() != 0)
        puts("# skipped: needs root, to be another user");
    return geteuid() == 0;
}

/* Run a shell's `line` so; what we printed meanwhile, freed by the caller. */
static char *
relay(const char *line, long long limit, bool apart, enum status *status)
{
    struct words words = {0}, environment = {0};
    struct credentials owner = {0};
    struct workers none = {0};
    struct relay context = {
        .user = "nobody", .words = &words, .environment = &environment,
        .owner = &owner, .input = "for it\n", .workers = &none,
        .limit = limit,
    };
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    int printed = file_in_memory("printed", "", 0);
    size_t size;
    char *text;

    fflush(stdout);
    words_add(&words, "sh");
    words_add(&words, "-c");
    words_add(&words, line);
    words_add(&environment, "PATH=/usr/bin:/bin");
    ck_assert(credentials_find(&owner, "nobody", &problem));
    dup2(printed, STDOUT_FILENO);
    if (!apart)
        dup2(printed, STDERR_FILENO);
    *status = relay_run(&context, &problem);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    lseek(printed, 0, SEEK_SET);
    text = file_read(printed, 1 << 30, &size);
    ck_assert(text != NULL);
    close(printed);
    close(out);
    close(err);
    credentials_clear(&owner);
    words_clear(&environment);
    words_clear(&words);
    return text;
}

START_TEST(what_it_prints_is_copied_in_order_and_its_status_is_ours)
{
    static const struct {
        const char *line, *printed, *sentence;
        enum status status;
    } rows[] = {
        { "cat", "for it\n", NULL, STATUS_DONE },
        { "echo 1; echo 2 >&2; echo 3; echo 4 >&2; exit 3", "1\n2\n3\n4\n",
          NULL, STATUS_STOPPED },
        { "printf x; exit 75", "x", NULL, STATUS_AGAIN },
        { "exit 1", "", "unknown status 1;", STATUS_INTERNAL },
        { "exit 125", "", "unknown status 125;", STATUS_INTERNAL },
        { "exit 127", "", "unknown status 127;", STATUS_INTERNAL },
        { "echo x; kill -9 $$", "x\n", "ended by signal 9", STATUS_AGAIN },
        { "id -u; [ -e /dev/fd/4 ] && echo more", "65534\n", "status 1",
          STATUS_INTERNAL },
        { "(: </dev/tty) 2>&1 | grep -c dev/tty", "1\n", NULL, STATUS_DONE },
    };

    for (size_t i = 0; i < COUNT_OF(rows) && is_possible(); i++) {
        enum status status;
        char *printed = relay(rows[i].line, 60000, false, &status);

        same_text(i, printed, rows[i].printed);
        ck_assert_int_eq(status, rows[i].status);
        ck_assert_msg(rows[i].sentence == NULL ? problem.text == NULL
            : problem.text != NULL && strstr(problem.text, rows[i].sentence),
            "row %zu: \"%s\"", i, problem.text);
        problem_clear(&problem);
        free(printed);
    }
}
END_TEST

START_TEST(one_that_is_stopped_goes_on)
{
    enum status status;
    char *printed;

    if (!is_possible())
        return;
    printed = relay("kill -STOP $$; kill -STOP $$; echo on", 60000, false,
        &status);
    ck_assert_str_eq(printed, "on\n");
    ck_assert_int_eq(status, STATUS_DONE);
    free(printed);
}
END_TEST

START_TEST(one_without_a_limit_ends_with_who_reads_our_output)
{
    struct words words = {0}, environment = {0};
    struct credentials owner = {0};
    struct workers none = {0};
    struct relay context = {
        .user = "nobody", .words = &words, .environment = &environment,
        .owner = &owner, .input = "", .workers = &none, .limit = LLONG_MAX,
    };
    int out = dup(STDOUT_FILENO), ends[2];

    fflush(stdout);
    ck_assert(pipe2(ends, O_CLOEXEC) == 0);
    words_add_parts(&words, "sleep 3121", " ");
    words_add(&environment, "PATH=/usr/bin:/bin");
    if (is_possible()) {
        enum status status;

        ck_assert(credentials_find(&owner, "nobody", &problem));
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        status = relay_run(&context, &problem);
        dup2(out, STDOUT_FILENO);
        ck_assert_int_eq(status, STATUS_DONE);
        no_problem(0, &problem);
    }
    close(ends[1]);
    close(out);
    credentials_clear(&owner);
    words_clear(&environment);
    words_clear(&words);
}
END_TEST

/* A user may loop over kill(-1, SIGSTOP). */
START_TEST(one_that_is_stopped_before_its_exec_holds_up_nobody)
{
    static const struct {
        int stops, signal;
        long long limit;
        const char *sentence;
    } rows[] = {
        { 1, 0, LLONG_MAX, NULL },
        { INT_MAX, 0, 300, "did not end in its time and was killed" },
        { INT_MAX, SIGTERM, LLONG_MAX, "was ended by signal 15" },
    };

    for (size_t i = 0; i < COUNT_OF(rows) && is_possible(); i++) {
        pid_t sender = rows[i].signal ? fork() : -1;
        enum status status;

        if (sender == 0) {
            clock_sleep(300);
            kill(getppid(), rows[i].signal);
            _exit(0);
        }
        early_stops = rows[i].stops;
        free(relay("echo on", rows[i].limit, true, &status));
        early_stops = 0;
        ck_assert_int_eq(status, rows[i].sentence ? STATUS_AGAIN
            : STATUS_DONE);
        ck_assert_msg(rows[i].sentence == NULL ? problem.text == NULL
            : problem.text != NULL && strstr(problem.text, rows[i].sentence),
            "row %zu: \"%s\"", i, problem.text);
        problem_clear(&problem);
        if (sender > 0)
            waitpid(sender, NULL, 0);
    }
}
END_TEST

START_TEST(a_program_that_its_user_cannot_execute_is_named)
{
    struct words words = {0};
    struct credentials owner = {0};
    struct workers none = {0};
    struct relay context = {
        .user = "nobody", .words = &words, .environment = &words,
        .owner = &owner, .input = "", .workers = &none, .limit = 60000,
    };
    char *directory = scratch_make();
    char *program = scratch_file(directory, "x", "#!/bin/sh\n", 0700);

    if (is_possible()) {
        words_add(&words, program);
        ck_assert(credentials_find(&owner, "nobody", &problem));
        ck_assert_int_eq(relay_run(&context, &problem), STATUS_UNAVAILABLE);
        ck_assert_ptr_nonnull(strstr(problem.text, "/x: Permission denied"));
        problem_clear(&problem);
    }
    credentials_clear(&owner);
    words_clear(&words);
    free(program);
    scratch_remove(directory);
}
END_TEST

/* What is said when a descriptor that a call takes is one too many. */
START_TEST(without_descriptors_nobody_is_called)
{
    static const char *const sentences[] = {
        "cannot make a pipe for user nobody: Too many open files; raise the "
        "limit of open files, ",
        "cannot hold the configuration for user nobody in memory: Too many "
        "open files; check whether memory is short",
    };
    struct words words = {0};
    struct credentials owner = {0};
    struct workers none = {0};
    struct relay context = {
        .user = "nobody", .words = &words, .environment = &words,
        .owner = &owner, .input = "", .workers = &none, .limit = 60000,
    };
    int next = dup(STDOUT_FILENO);
    bool said[COUNT_OF(sentences)] = {0};

    close(next);
    words_add(&words, "true");
    if (is_possible())
        ck_assert(credentials_find(&owner, "nobody", &problem));
    for (int most = next; is_possible() && !said[1]; most++) {
        rlim_t before = limit_to(RLIMIT_NOFILE, most);

        relay_run(&context, &problem);
        limit_to(RLIMIT_NOFILE, before);
        ck_assert_msg(problem.text != NULL, "%d", most);
        ck_assert_int_eq(problem.status, STATUS_INTERNAL);
        for (size_t i = 0; i < COUNT_OF(sentences); i++)
            said[i] = said[i] || text_starts(problem.text, sentences[i]);
        ck_assert_msg(said[0], "%d: %s", most, problem.text);
        problem_clear(&problem);
    }
    credentials_clear(&owner);
    words_clear(&words);
}
END_TEST

START_TEST(one_that_does_not_end_is_killed_in_time)
{
    static const char *const lines[] = {
        "trap '' TERM INT HUP; exec sleep 100",
        "while :; do kill -STOP $$; done",
        "exec >/dev/null 2>&1; while :; do :; done",
        "while :; do echo flood flood flood flood; done",
    };

    for (size_t i = 0; i < COUNT_OF(lines) && is_possible(); i++) {
        long long began = clock_now();
        enum status status;

        free(relay(lines[i], 300, true, &status));
        ck_assert_int_eq(status, STATUS_AGAIN);
        ck_assert_msg(strstr(problem.text, "the call as user nobody did not "
            "end in its time and was killed, which ends no worker"),
            "row %zu: %s", i, problem.text);
        ck_assert_msg(clock_now() - began < 10000, "row %zu", i);
        problem_clear(&problem);
    }
}
END_TEST

/* It goes on writing for as long as anybody reads. */
START_TEST(who_keeps_the_pipes_open_holds_up_nobody)
{
    long long began = clock_now();
    enum status status;
    char *printed;

    if (!is_possible())
        return;
    printed = relay("echo first; (exec sleep 1) & while echo more; do :; "
        "done 2>/dev/null & exit 0", LLONG_MAX, false, &status);
    ck_assert_int_eq(status, STATUS_DONE);
    ck_assert_int_eq(strncmp(printed, "first\n", 6), 0);
    ck_assert_int_lt(clock_now() - began, 10000);
    free(printed);
}
END_TEST

UNIT_TESTS("relay", what_it_prints_is_copied_in_order_and_its_status_is_ours,
    one_that_is_stopped_goes_on,
    one_without_a_limit_ends_with_who_reads_our_output,
    one_that_is_stopped_before_its_exec_holds_up_nobody,
    a_program_that_its_user_cannot_execute_is_named,
    without_descriptors_nobody_is_called,
    one_that_does_not_end_is_killed_in_time,
    who_keeps_the_pipes_open_holds_up_nobody)
