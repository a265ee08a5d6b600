/* test-backlog.c - a reader that reads nothing, for a while. */
#include "unit-help.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>

#include "base/file.h"
#include "tmux/backlog.h"

/* Bytes; of a pipe a page may stay free. */
enum { LINE = 64, PAGE = 4096 };

static int before, reader;

/* Standard output is a pipe that nobody reads yet. */
static struct backlog *
start(void)
{
    struct problem problem = {0};
    struct backlog *backlog;
    int ends[2];

    fflush(stdout);
    before = dup(STDOUT_FILENO);
    ck_assert(pipe2(ends, O_CLOEXEC) == 0);
    ck_assert(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
    close(ends[1]);
    reader = ends[0];
    backlog = backlog_start(&problem);
    ck_assert(backlog != NULL);
    return backlog;
}

/* These lines, each with its number. */
static void
put_from(struct backlog *backlog, int from, int to, bool asked)
{
    for (int i = from; i <= to; i++) {
        char line[LINE + 1];

        snprintf(line, sizeof line, "%*d\n", LINE - 1, i);
        backlog_put(backlog, line, LINE, asked);
    }
}

static void
put(struct backlog *backlog, int lines, bool asked)
{
    put_from(backlog, 1, lines, asked);
}

static void *
end(void *backlog)
{
    backlog_end(backlog);
    ck_assert(dup2(before, STDOUT_FILENO) == STDOUT_FILENO);
    return NULL;
}

/* All that is written until its end, freed by the caller. */
static char *
read_all(struct backlog *backlog)
{
    pthread_t thread;
    size_t size;
    char *text;

    ck_assert(pthread_create(&thread, NULL, end, backlog) == 0);
    text = file_read(reader, 1 << 30, &size);
    ck_assert(text != NULL);
    pthread_join(thread, NULL);
    close(reader);
    close(before);
    return text;
}

/* Are these the lines `from` to `to`?  What is behind them. */
static const char *
skip_lines(const char *text, int from, int to)
{
    for (int i = from; i <= to; i++, text += LINE)
        ck_assert_msg(atoi(text) == i, "line %d is %.*s", i, LINE, text);
    return text;
}

START_TEST(what_waits_comes_in_order_when_it_is_read)
{
    struct backlog *backlog = start();
    char *text;

    put(backlog, 50000, false);     /* 3 MB, and a pipe takes some kB */
    text = read_all(backlog);
    ck_assert_str_eq(skip_lines(text, 1, 50000), "");
    free(text);
}
END_TEST

START_TEST(what_finds_no_room_is_counted_in_its_place)
{
    struct backlog *backlog = start();
    char *text, *said;
    int shown, lost, waiting, size;

    /* The thread is at work, and waits for us from here on. */
    put(backlog, 5000, false);
    size = fcntl(reader, F_GETPIPE_SZ);
    while (ioctl(reader, FIONREAD, &waiting) == 0
        && (waiting == 0 || waiting < size - PAGE))
        usleep(1000);
    put_from(backlog, 5001, 500000, false);     /* 32 MB */
    backlog_put(backlog, "the last\n", strlen("the last\n"), false);
    text = read_all(backlog);
    said = strchr(text, '[');
    ck_assert(said != NULL);
    ck_assert_int_eq(sscanf(said, "[%d bytes not shown: nobody read them]",
        &lost), 1);
    shown = (said - text) / LINE;
    skip_lines(text, 1, shown);
    ck_assert_int_eq(lost % LINE, 0);
    ck_assert_str_eq(skip_lines(strchr(said, '\n') + 1,
        shown + lost / LINE + 1, 500000), "the last\n");
    free(text);
}
END_TEST

START_TEST(what_was_asked_for_is_there_however_much_it_is)
{
    struct backlog *backlog = start();
    char *text;

    put(backlog, 500000, true);
    text = read_all(backlog);
    ck_assert_str_eq(skip_lines(text, 1, 500000), "");
    free(text);
}
END_TEST

START_TEST(without_a_thread_there_is_none)
{
    struct problem problem = {0};
    rlim_t limit = limit_to(RLIMIT_NPROC, 0);
    struct backlog *backlog;

    be_nobody(true);
    backlog = backlog_start(&problem);
    be_nobody(false);
    limit_to(RLIMIT_NPROC, limit);
    ck_assert_ptr_null(backlog);
    same_problem(0, &problem, STATUS_INTERNAL, "cannot start a thread to write "
        "to standard output: Resource temporarily unavailable; check the "
        "limit of processes, ulimit -u");
}
END_TEST

UNIT_TESTS("backlog",
    without_a_thread_there_is_none,
    what_waits_comes_in_order_when_it_is_read,
    what_finds_no_room_is_counted_in_its_place,
    what_was_asked_for_is_there_however_much_it_is)
