/* test-log.c - a kept log between a clock and a disk that misbehave. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "commands/kept-log.h"
#include "record/log.h"

/* The clock; and how many bytes the disk still takes. */
static time_t now;
static size_t room;

time_t
time(time_t *seconds)
{
    if (seconds != NULL)
        *seconds = now;
    return now;
}

ssize_t
write(int descriptor, const void *bytes, size_t count)
{
    size_t part = count < room ? count : room;

    if (descriptor <= STDERR_FILENO)
        return syscall(SYS_write, descriptor, bytes, count);
    if (part == 0 && count > 0) {
        errno = ENOSPC;
        return -1;
    }
    room -= part;
    return syscall(SYS_write, descriptor, bytes, part);
}

/* Files that were put on the disk. */
static ino_t synced[256];
static size_t syncs;

int
fsync(int descriptor)
{
    struct stat status;

    ck_assert_uint_lt(syncs, COUNT_OF(synced));
    ck_assert(fstat(descriptor, &status) == 0);
    synced[syncs++] = status.st_ino;
    return 0;
}

static struct record record;
static char *heard;

static bool
hear(void *data, const char *line)
{
    (void)data;
    text_append(&heard, "%s|", line);
    return true;
}

/* What is kept since then; -1: all of it. */
static const char *
since(long long moment)
{
    struct log_reader reader = { .record = &record, .take = hear };

    free(heard);
    heard = text_copy("");
    if (moment >= 0)
        log_since(&reader, moment);
    log_read(&reader, true);
    log_reader_clear(&reader);
    return heard;
}

static void
begin(void)
{
    record.directory = text_copy("/tmp/test-log.XXXXXX");
    ck_assert(mkdtemp(record.directory) != NULL);
    now = 1000000;
    room = SIZE_MAX;
}

static void
remove_all(const char *path)
{
    char *command = text_format("rm -rf %s", path);

    ck_assert(system(command) == 0);
    free(command);
}

static void
end(void)
{
    remove_all(record.directory);
    free(heard);
    heard = NULL;
    record_clear(&record);
}

static void
put(struct log_writer *writer, const char *text)
{
    log_write(writer, text, strlen(text), 0);
}

/* Bytes that lie in the log's directory. */
static long long
size_kept(void)
{
    int directory = log_open(&record);
    struct log_pieces pieces;
    long long size = 0;

    log_list(directory, &pieces);
    for (size_t i = 0; i < pieces.count; i++)
        size += pieces.piece[i].size + pieces.piece[i].times;
    log_pieces_clear(&pieces);
    close(directory);
    return size;
}

START_TEST(a_line_is_found_by_its_second)
{
    static const struct { long long moment; const char *lines; } rows[] = {
        { 1000000, "a|b|c|d|" }, { 1000001, "b|c|d|" }, { 1000002, "c|d|" },
        { 1000005, "c|d|" }, { 1000006, "d|" }, { 1000007, "" },
    };
    struct log_writer writer;

    begin();
    log_begin(&writer, &record, "run", 65536);
    put(&writer, "a\n");
    now = 1000001;
    put(&writer, "b\n");
    now = 1000005;
    put(&writer, "c");
    put(&writer, "\n");
    now = 1000006;
    put(&writer, "d");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        same_text(i, since(rows[i].moment), rows[i].lines);
    log_end(&writer);
    end();
}
END_TEST

START_TEST(a_clock_that_is_set_back_hides_nothing_and_brings_nothing_back)
{
    struct log_writer writer;

    begin();
    now = 33000000;
    log_begin(&writer, &record, "run", 65536);
    put(&writer, "old\n");
    now = 1000000;
    put(&writer, "new\n");
    now = 999999;               /* as ntpd does it */
    put(&writer, "newer\n");
    same_text(0, since(999990), "new|newer|");
    same_text(1, since(-1), "old|new|newer|");
    log_end(&writer);
    end();
}
END_TEST

START_TEST(what_a_full_disk_does_not_take_is_told_in_its_place)
{
    struct log_writer writer;

    begin();
    log_begin(&writer, &record, "run", 65536);
    put(&writer, "before\n");
    for (size_t some = 0; some < 40; some++) {
        char *text = text_format("line %zu\n", some);

        room = some % 7;        /* not all, and no second's line either */
        now++;
        put(&writer, text);
        free(text);
    }
    room = SIZE_MAX;
    now++;
    writer.again = 0;
    put(&writer, "behind\n");
    since(-1);
    ck_assert(text_starts(heard, "before|"));
    ck_assert(strstr(heard, "bytes were not kept here: No space left on "
        "device]|behind|") != NULL);
    /* With the second, though the disk took no line for the ones before. */
    ck_assert(text_ends(since(now), "|behind|"));
    ck_assert(strstr(heard, "before") == NULL);
    log_end(&writer);
    end();
}
END_TEST

START_TEST(no_more_is_kept_than_may_be_whatever_comes)
{
    static const size_t sizes[] = { 1, 100, 4095, 4096, 4097, 70000, 1000000 };
    struct log_writer writer, other;
    char *text = text_allocate(1000001, 1);

    begin();
    memset(text, 'x', 1000000);
    log_begin(&writer, &record, "one", 65536);
    log_begin(&other, &record, "other", 65536);
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (size_t times = sizes[i] > 1000 ? 30 : 3000; times > 0; times--) {
            now++;
            log_write(&writer, text, sizes[i], 0);
            if (times % 3 == 0)
                log_write(&other, text, 10, 0);
            if (times % 10 == 0)
                ck_assert_int_le(size_kept(), 65536);
        }
    ck_assert_int_ge(size_kept(), 65536 / 2);
    log_end(&writer);
    log_end(&other);
    free(text);
    end();
}
END_TEST

static bool
is_synced(int directory, const char *name)
{
    struct stat status;
    bool is = false;

    ck_assert(fstatat(directory, name, &status, 0) == 0);
    for (size_t i = 0; i < syncs; i++)
        is = is || synced[i] == status.st_ino;
    return is;
}

START_TEST(pieces_that_are_full_come_to_the_disk_as_the_last_one_does)
{
    struct log_pieces pieces;
    struct log_writer writer;
    char text[3000];
    int directory;

    begin();
    memset(text, 'x', sizeof text);
    log_begin(&writer, &record, "run", 65536);
    for (int i = 0; i < 5; i++)
        log_write(&writer, text, sizeof text, 0);
    syncs = 0;
    ck_assert_int_eq(log_sync(&writer, true), -1);
    directory = log_open(&record);
    log_list(directory, &pieces);
    ck_assert_uint_eq(pieces.count, 4);
    for (size_t i = 0; i < pieces.count; i++) {
        char *times = log_times_name(pieces.piece[i].name);

        ck_assert(is_synced(directory, pieces.piece[i].name));
        ck_assert(is_synced(directory, times));
        free(times);
    }
    /* What was there then is not put there again. */
    log_write(&writer, text, 10, 0);
    syncs = 0;
    ck_assert_int_eq(log_sync(&writer, true), -1);
    ck_assert(is_synced(directory, pieces.piece[3].name));
    ck_assert(!is_synced(directory, pieces.piece[2].name));
    log_pieces_clear(&pieces);
    close(directory);
    log_end(&writer);
    end();
}
END_TEST

START_TEST(runs_are_read_one_after_the_other_in_the_order_of_their_beginning)
{
    struct log_writer first, second;

    begin();
    log_begin(&first, &record, "zzz", 65536);
    log_begin(&second, &record, "aaa", 65536);
    put(&first, "first, ");
    now = 10;                   /* set back in between */
    put(&second, "second, ");
    put(&first, "its end\n");
    put(&second, "its end\n");
    same_text(0, since(-1), "first, its end|second, its end|");
    log_end(&first);
    log_end(&second);
    end();
}
END_TEST

/* Who reads is slow: at the first line comes as much as may be kept. */
static bool
hear_slowly(void *data, const char *line)
{
    char full[65536];

    memset(full, 'x', sizeof full);
    full[sizeof full - 1] = '\n';
    if (*heard == '\0')
        log_write(data, full, sizeof full, 0);
    return hear(NULL, line);
}

START_TEST(what_was_there_is_read_though_it_goes_meanwhile)
{
    struct log_writer writer;
    struct log_reader reader = {
        .record = &record, .take = hear_slowly, .data = &writer
    };
    char *lines = text_copy("");

    begin();
    log_begin(&writer, &record, "run", 65536);
    for (int i = 0; i < 6000; i++) {
        char *line = text_format("%04d|", i);

        text_append(&lines, "%s", line);
        line[4] = '\n';
        put(&writer, line);
        free(line);
    }
    heard = text_copy("");
    log_read(&reader, false);
    ck_assert_int_eq(strncmp(heard, lines, strlen(lines)), 0);
    log_reader_clear(&reader);
    log_end(&writer);
    free(lines);
    end();
}
END_TEST

START_TEST(a_log_that_went_is_begun_anew_and_no_link_is_followed)
{
    struct log_writer writer;
    struct stat status;
    char *log, *elsewhere;

    begin();
    log = text_format("%s/log", record.directory);
    elsewhere = text_format("%s/elsewhere", record.directory);
    log_begin(&writer, &record, "run", 65536);
    put(&writer, "before\n");
    ck_assert(rename(log, elsewhere) == 0);
    remove_all(elsewhere);
    now++;
    put(&writer, "anew\n");
    same_text(0, since(-1), "anew|");
    log_end(&writer);

    ck_assert(rename(log, elsewhere) == 0);
    ck_assert(symlink(elsewhere, log) == 0);
    log_begin(&writer, &record, "next", 65536);
    put(&writer, "through a link\n");
    log_end(&writer);
    same_text(1, since(-1), "");
    ck_assert(unlink(log) == 0);
    ck_assert(rename(elsewhere, log) == 0);
    same_text(2, since(-1), "anew|");

    /* A name that leads elsewhere, a pipe, names that are none of ours. */
    ck_assert(chdir(log) == 0);
    ck_assert(symlink("/etc/passwd", "00000007-link") == 0);
    ck_assert(mkfifo("00000008-pipe", 0600) == 0);
    ck_assert(mkdir("00000009-directory", 0700) == 0);
    ck_assert(mkfifo("00000001-run.times", 0600) != 0);
    ck_assert(creat("99999999999999999999-x", 0600) >= 0);
    ck_assert(creat("passwd", 0600) >= 0);
    same_text(3, since(-1), "anew|");
    same_text(4, since(now + 1000), "");
    log_begin(&writer, &record, "last", 65536);
    put(&writer, "goes on\n");
    log_end(&writer);
    same_text(5, since(-1), "anew|goes on|");
    ck_assert(lstat("00000010-last", &status) == 0);
    ck_assert(status.st_mode == (S_IFREG | 0600));
    free(elsewhere);
    free(log);
    end();
}
END_TEST

START_TEST(the_last_lines_are_the_current_runs_though_an_older_one_goes_on)
{
    struct log_writer old, current;
    struct job job = {0};
    struct stat status;
    char run[] = "new", *first, *text;

    begin();
    job.run.id = run;
    job.record = record;
    first = text_format("%s/log/00000001-old", record.directory);
    log_begin(&old, &record, "old", 65536);
    log_begin(&current, &record, "new", 65536);
    put(&old, "the old one\n");
    put(&current, "the new one\n");
    while (stat(first, &status) == 0)
        put(&old, "the old one drains\n");
    text = kept_last(&job, 5);
    same_text(0, text, "the new one\n");
    free(text);
    /* One that was never begun has nothing to show. */
    run[1] = 'o';
    text = kept_last(&job, 1);
    same_text(1, text, "the old one drains\n");
    free(text);
    job.pinned = true;
    same_text(2, kept_last(&job, 1), NULL);
    log_end(&old);
    log_end(&current);
    free(first);
    end();
}
END_TEST

UNIT_TESTS("log",
    a_line_is_found_by_its_second,
    a_clock_that_is_set_back_hides_nothing_and_brings_nothing_back,
    what_a_full_disk_does_not_take_is_told_in_its_place,
    no_more_is_kept_than_may_be_whatever_comes,
    pieces_that_are_full_come_to_the_disk_as_the_last_one_does,
    runs_are_read_one_after_the_other_in_the_order_of_their_beginning,
    what_was_there_is_read_though_it_goes_meanwhile,
    a_log_that_went_is_begun_anew_and_no_link_is_followed,
    the_last_lines_are_the_current_runs_though_an_older_one_goes_on)
