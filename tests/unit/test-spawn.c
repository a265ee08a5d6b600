/* test-spawn.c - starting, signalling and waiting, with real programs. */
#include "unit-help.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "system/process.h"
#include "system/spawn.h"

static struct problem problem;

static void
split(const char *line, struct words *words)
{
    const char *reason;

    ck_assert(words_add_shell(words, line, &reason));
}

START_TEST(a_program_runs_to_its_end_and_its_output_is_kept)
{
    static const struct {
        const char *line, *printed;
        int result;
    } rows[] = {
        { "true", "", 0 },
        { "false", "", 1 },
        { "echo 'a  b' c", "a  b c\n", 0 },
        { "sh -c 'echo out; echo err >&2; exit 3'", "out\nerr\n", 3 },
        { "sh -c 'exit 255'", "", 255 },
        { "sh -c 'kill -TERM $$'", "", 128 + SIGTERM },
        { "sh -c 'kill -KILL $$'", "", 128 + SIGKILL },
        /* Input is empty, and the words reach the program as they are. */
        { "cat", "", 0 },
        { "printf %s '$(x)`y`;'", "$(x)`y`;", 0 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words words = {0};
        char *printed;
        int result;

        split(rows[i].line, &words);
        spawn_run(&words, &printed, &result, &problem);
        no_problem(i, &problem);
        same_text(i, printed, rows[i].printed);
        ck_assert_msg(result == rows[i].result, "row %zu: %d", i, result);
        free(printed);
        words_clear(&words);
    }
}
END_TEST

START_TEST(much_output_is_kept_whole)
{
    struct words words = {0};
    char *printed;
    int result;

    split("sh -c 'yes 123456789 | head -n 50000'", &words);
    ck_assert(spawn_run(&words, &printed, &result, &problem));
    ck_assert_uint_eq(strlen(printed), 500000);
    free(printed);
    words_clear(&words);
}
END_TEST

static void
keep_output(size_t size)
{
    char *line = text_format("sh -c 'yes 123456789 | head -c %zu'", size);
    struct words words = {0};
    char *printed;
    int result;

    split(line, &words);
    ck_assert(spawn_run(&words, &printed, &result, &problem));
    ck_assert_uint_eq(strlen(printed), size);
    free(printed);
    words_clear(&words);
    free(line);
}

START_TEST(much_output_is_gone_through_once)
{
    grows_evenly(keep_output);
}
END_TEST

static void
ring(int number)
{
    (void)number;
}

START_TEST(a_signal_hides_no_failed_exec)
{
    const struct itimerval often = { { 0, 20 }, { 0, 20 } }, never = {0};
    struct sigaction action = { .sa_handler = ring };
    struct words words = {0};
    int missed = 0;

    words_add(&words, "/none/x");
    sigaction(SIGALRM, &action, NULL);
    for (int i = 0; i < 200; i++) {
        struct spawn_setup setup = {0};
        struct problem none = {0};
        pid_t pid;

        setitimer(ITIMER_REAL, &often, NULL);
        missed += spawn_start(&words, &setup, &pid, &none);
        setitimer(ITIMER_REAL, &never, NULL);
        problem_clear(&none);
    }
    ck_assert_int_eq(missed, 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    words_clear(&words);
}
END_TEST

/* What the part does: it stays until the test has looked at it. */
static void
stay(void)
{
    char byte;

    (void)!read(STDIN_FILENO, &byte, 1);
}

START_TEST(a_part_is_begun_amid_signals)
{
    const struct itimerval often = { { 0, 20 }, { 0, 20 } }, never = {0};
    struct sigaction action = { .sa_handler = ring };

    sigaction(SIGALRM, &action, NULL);
    for (int i = 0; i < 50; i++) {
        struct process process;
        int ends[2];
        bool good;

        ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
        setitimer(ITIMER_REAL, &often, NULL);
        good = spawn_part("part", stay, ends, 1, &process, &problem);
        setitimer(ITIMER_REAL, &never, NULL);
        close(ends[0]);
        close(ends[1]);
        no_problem(i, &problem);
        ck_assert(good);
        ck_assert_int_gt(process.pid, 0);
    }
}
END_TEST

START_TEST(a_part_that_cannot_be_begun_has_a_sentence)
{
    struct process process;
    rlim_t before = limit_to(RLIMIT_NPROC, 0);
    bool good;

    be_nobody(true);
    good = spawn_part("part", stay, NULL, 0, &process, &problem);
    be_nobody(false);
    limit_to(RLIMIT_NPROC, before);
    ck_assert(!good);
    same_problem(0, &problem, STATUS_INTERNAL, "cannot start a process: "
        "Resource temporarily unavailable; check the number of processes and "
        "its limit, ulimit -u");
    before = limit_to(RLIMIT_NOFILE, 0);
    good = spawn_part("part", stay, NULL, 0, &process, &problem);
    limit_to(RLIMIT_NOFILE, before);
    ck_assert(!good);
    same_problem(1, &problem, STATUS_INTERNAL, "cannot make a pipe: Too many "
        "open files; raise the limit of open files, which ulimit -n shows and "
        "sets, and nofile in limits.conf(5)");
}
END_TEST

/* Has a minute passed? */
static bool late;

int
poll(struct pollfd *polled, nfds_t count, int milliseconds)
{
    struct timespec time = {
        milliseconds / 1000, milliseconds % 1000 * 1000000
    };

    return late ? 0 : ppoll(polled, count, milliseconds < 0 ? NULL : &time,
        NULL);
}

START_TEST(a_program_that_does_not_end_is_killed)
{
    struct words words = {0};
    char *printed;
    int result;

    split("sleep 1000", &words);
    late = true;
    ck_assert(!spawn_run(&words, &printed, &result, &problem));
    late = false;
    same_problem(0, &problem, STATUS_AGAIN, "sleep did not end and was killed "
        "after a minute; try again");
    ck_assert_int_eq(result, 128 + SIGKILL);
    free(printed);
    words_clear(&words);
}
END_TEST

START_TEST(what_cannot_be_executed_is_known_at_once)
{
    static const struct {
        const char *program, *sentence;
    } rows[] = {
        { "celery-tmux-no-such-program", "cannot run "
          "celery-tmux-no-such-program: No such file or directory; install "
          "it or correct PATH" },
        { "/none/x", "cannot run /none/x: No such file or directory; install "
          "it or correct PATH" },
        { "/", "cannot run /: Permission denied" },
        { "/etc/passwd", "cannot run /etc/passwd: Permission denied" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct spawn_setup setup = {0};
        struct words words = {0};
        char *printed;
        pid_t pid;
        int result;

        words_add(&words, rows[i].program);
        ck_assert(!spawn_start(&words, &setup, &pid, &problem));
        same_problem(i, &problem, STATUS_UNAVAILABLE, rows[i].sentence);
        ck_assert(!spawn_run(&words, &printed, &result, &problem));
        same_problem(i, &problem, STATUS_UNAVAILABLE, rows[i].sentence);
        ck_assert(!spawn_become(&words, &problem));
        same_problem(i, &problem, STATUS_UNAVAILABLE, rows[i].sentence);
        /* It left no zombie. */
        ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
        free(printed);
        words_clear(&words);
    }
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_a_failed_start)
{
    struct spawn_setup setup = { .directory = "/none" };
    struct words words = {0};
    pid_t pid;

    words_add(&words, "true");
    ck_assert(!spawn_start(&words, &setup, &pid, &problem));
    ck_assert_int_eq(problem.status, STATUS_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(problem.text, "No such file"));
    problem_clear(&problem);
    words_clear(&words);
}
END_TEST

START_TEST(a_program_gets_the_place_and_environment_it_was_set_up_with)
{
    char *base = scratch_make(), *file = text_format("%s/out", base);
    struct words words = {0}, environment = {0};
    struct spawn_setup setup = { .environment = &environment,
        .directory = base, .silent_input = true, .new_session = true };
    char text[1000] = "", *desired;
    pid_t pid;
    int status;

    setup.output = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_gt(setup.output, 0);
    words_add(&environment, "A=b c");
    words_add(&environment, "PATH=/usr/bin:/bin");
    split("sh -c 'pwd; echo \"$A,$HOME\"; cat; ps -o sid= $$ | tr -d \" \"; "
        "exit 7'", &words);
    setenv("HOME", "/leaked", 1);
    signal(SIGTERM, SIG_IGN);
    spawn_start(&words, &setup, &pid, &problem);
    no_problem(0, &problem);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(spawn_result(status), 7);
    ck_assert_int_gt(pread(setup.output, text, sizeof text - 1, 0), 0);
    desired = text_format("%s\nb c,\n%d\n", base, (int)pid);
    ck_assert_str_eq(text, desired);
    close(setup.output);
    free(desired);
    free(file);
    words_clear(&words);
    words_clear(&environment);
    scratch_remove(base);
}
END_TEST

START_TEST(limits_are_the_programs_alone)
{
    struct spawn_setup setup = {
        .umask = "077", .nice = "19", .nofile = "100",
        .output = memfd_create("printed", MFD_CLOEXEC),
    };
    char text[100] = "";
    struct words words = {0};
    mode_t mask = umask(022);
    pid_t pid;

    split("sh -c 'umask; nice; ulimit -Sn'", &words);
    ck_assert(spawn_start(&words, &setup, &pid, &problem));
    ck_assert_int_eq(spawn_wait(pid), 0);
    ck_assert_int_gt(pread(setup.output, text, sizeof text - 1, 0), 0);
    ck_assert_str_eq(text, "0077\n19\n100\n");
    ck_assert_uint_eq(umask(mask), 022);

    /* More than the kernel allows anybody. */
    setup.nofile = "1073741823";
    ck_assert(!spawn_start(&words, &setup, &pid, &problem));
    same_problem(0, &problem, STATUS_PERMISSION, "cannot set nofile to "
        "1073741823: Operation not permitted; only root may go above the "
        "hard limit, which ulimit -Hn shows");
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    close(setup.output);
    words_clear(&words);
}
END_TEST

START_TEST(signals_are_at_their_defaults_in_a_new_program)
{
    /* 32 and 33 are the C library's own; it lets nobody change them. */
    unsigned long long reserved = 3ULL << 31;
    unsigned long long blocked, ignored;
    struct words words = {0};
    char *printed;
    sigset_t all;
    int result;

    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    split("grep -E '^Sig(Blk|Ign)' /proc/self/status", &words);
    ck_assert(spawn_run(&words, &printed, &result, &problem));
    ck_assert_int_eq(sscanf(printed, "SigBlk: %llx SigIgn: %llx", &blocked,
        &ignored), 2);
    ck_assert_uint_eq(blocked & ~reserved, 0);
    ck_assert_uint_eq(ignored & ~reserved, 0);
    free(printed);
    words_clear(&words);
}
END_TEST

static struct process
start_sleep(void)
{
    struct spawn_setup setup = {0};
    struct words words = {0};
    pid_t pid;

    split("sleep 600", &words);
    spawn_start(&words, &setup, &pid, &problem);
    no_problem(0, &problem);
    words_clear(&words);
    return proc_process(pid);
}

START_TEST(a_signal_reaches_this_very_process_alone)
{
    struct process process = start_sleep(), later = process;
    int status;

    later.start++;
    ck_assert(!process_signal(later, SIGKILL));
    ck_assert(process_signal(process, 0));
    ck_assert(process_signal(process, SIGTERM));
    ck_assert_int_eq(waitpid(process.pid, &status, 0), process.pid);
    ck_assert_int_eq(spawn_result(status), 128 + SIGTERM);
    ck_assert(!process_signal(process, SIGTERM));
    /* Pid 0 would be all of our group. */
    ck_assert(!process_signal((struct process){0}, SIGTERM));
    ck_assert(!process_signal((struct process){ .pid = -1 }, SIGTERM));
}
END_TEST

START_TEST(a_zombie_takes_no_signal)
{
    struct process process = start_sleep();
    siginfo_t information;

    ck_assert(process_signal(process, SIGKILL));
    ck_assert_int_eq(waitid(P_PID, (id_t)process.pid, &information,
        WEXITED | WNOWAIT), 0);
    ck_assert(!process_signal(process, SIGTERM));
    ck_assert(process_wait(process, clock_now() + 60000));
    ck_assert_int_eq(waitpid(process.pid, NULL, 0), process.pid);
}
END_TEST

START_TEST(waiting_has_a_deadline)
{
    struct process process = start_sleep();
    long long began = clock_now();

    ck_assert(!process_wait(process, began + 200));
    ck_assert_int_ge(clock_now() - began, 200);
    /* One that is past already is one look. */
    ck_assert(!process_wait(process, began));
    ck_assert(process_signal(process, SIGKILL));
    ck_assert(process_wait(process, clock_now() + 60000));
    ck_assert_int_eq(waitpid(process.pid, NULL, 0), process.pid);
    ck_assert(process_wait(process, began));
    ck_assert(process_wait((struct process){0}, began));
}
END_TEST

START_TEST(we_have_a_path)
{
    struct words words = {0};

    ck_assert(spawn_self_words(&words, "run", NULL, &problem));
    ck_assert_uint_eq(words.count, 2);
    ck_assert(text_starts(words.word[0], "/"));
    ck_assert(text_ends(words.word[0], "/test-spawn"));
    ck_assert_str_eq(words.word[1], "run");
    words_clear(&words);
}
END_TEST

/* This program, called by the next test: it removes itself. */
__attribute__((constructor))
static void
be_removed(void)
{
    const char *path = getenv("CELERY_TMUX_REMOVED");
    struct words words = {0};

    if (path == NULL)
        return;
    if (unlink(path) == 0 && !spawn_self_words(&words, NULL, NULL, &problem))
        puts(problem.text);
    fflush(stdout);
    _exit(problem.status);
}

START_TEST(without_a_file_we_have_no_path)
{
    char *base = scratch_make();
    struct words words = {0};
    char *printed;
    int result;

    split("sh -c 'cp /proc/$PPID/exe \"$0\" && CELERY_TMUX_REMOVED=$0 "
        "exec \"$0\"'", &words);
    words_addf(&words, "%s/removed", base);
    ck_assert(spawn_run(&words, &printed, &result, &problem));
    same_text(0, printed, "cannot find this program's own file: No such file "
        "or directory; check that it is installed and that /proc is "
        "mounted\n");
    ck_assert_int_eq(result, STATUS_INTERNAL);
    free(printed);
    words_clear(&words);
    scratch_remove(base);
}
END_TEST

UNIT_TESTS("spawn",
    a_program_runs_to_its_end_and_its_output_is_kept,
    much_output_is_kept_whole,
    much_output_is_gone_through_once,
    a_signal_hides_no_failed_exec,
    a_part_is_begun_amid_signals,
    a_part_that_cannot_be_begun_has_a_sentence,
    a_program_that_does_not_end_is_killed,
    what_cannot_be_executed_is_known_at_once,
    a_directory_that_is_not_there_is_a_failed_start,
    a_program_gets_the_place_and_environment_it_was_set_up_with,
    limits_are_the_programs_alone,
    signals_are_at_their_defaults_in_a_new_program,
    a_signal_reaches_this_very_process_alone,
    a_zombie_takes_no_signal,
    waiting_has_a_deadline,
    we_have_a_path,
    without_a_file_we_have_no_path)
