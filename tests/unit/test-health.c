/* test-health.c - what a worker says of itself, kept, read and told. */
#include "unit-help.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "record/health.h"

static struct problem problem;
static char id[] = "run-of-now";
static const struct run run = { .state = RUN_RUNNING, .id = id };

static void
assert_text(char *text, const char *wanted)
{
    ck_assert_pstr_eq(text, wanted);
    free(text);
}

START_TEST(what_it_says_is_taken)
{
    struct health health = {0};

    ck_assert(health_take(&health, "BUSY=2\nPOOL=4\nDONE=7\nFAILED=1\n"
        "LAST=1700000000\nWAITING=812\nHEALED=3\nTROUBLE=1700000001 idle\n"
        "HELPLESS=1\nTASK=1700000002 app.a b=c\nTASK=0 d\nOTHER=9\n"));
    ck_assert(health.known && health.helpless);
    ck_assert_int_eq(health.busy, 2);
    ck_assert_int_eq(health.pool, 4);
    ck_assert_int_eq(health.done, 7);
    ck_assert_int_eq(health.failed, 1);
    ck_assert_int_eq(health.last, 1700000000);
    ck_assert_int_eq(health.waiting, 812);
    ck_assert_int_eq(health.healed, 3);
    ck_assert_int_eq(health.trouble, TROUBLE_IDLE);
    ck_assert_int_eq(health.since, 1700000001);
    ck_assert_uint_eq(health.tasks.count, 2);
    ck_assert_str_eq(health.tasks.word[0], "1700000002 app.a b=c");
    /* The next message says all anew. */
    ck_assert(health_take(&health, "BUSY=0\n"));
    ck_assert(health.trouble == TROUBLE_NONE && health.tasks.count == 0);
    ck_assert_int_eq(health.waiting, -1);
    health_clear(&health);
}
END_TEST

START_TEST(garbage_is_no_harm)
{
    static const char *const nothing[] = {
        "", "\n\n", "=", "BUSY", "X=1\n", "SOFT_SHUTDOWN=3\n", "BUSY 2\n",
    };
    struct health health = { .known = true, .busy = 5 };
    char *long_text = text_copy("");

    for (size_t i = 0; i < COUNT_OF(nothing); i++)
        ck_assert_msg(!health_take(&health, nothing[i]), "row %zu", i);
    ck_assert_int_eq(health.busy, 5);
    ck_assert(health_take(&health, "BUSY=x\nTROUBLE=\nPOOL=\nTASK=\n"));
    ck_assert(health.busy == 0 && health.trouble == TROUBLE_NONE);
    ck_assert(health_take(&health, "TROUBLE=5 unheard-of"));
    ck_assert(!health_is_stuck(&health));
    for (int i = 0; i < 1000; i++)
        text_append(&long_text, "TASK=1 t\n");
    ck_assert(health_take(&health, long_text));
    ck_assert_uint_eq(health.tasks.count, 8);
    free(long_text);
    health_clear(&health);
}
END_TEST

static void
keep(const struct record *record, const struct health *health, int *file)
{
    char *text = health_text(health, &run);

    health_keep(record->directory, text, file);
    free(text);
}

START_TEST(it_is_read_as_it_was_kept)
{
    struct record record = {0};
    char *base = scratch_record(&record, &problem);
    struct health health = {0}, read;
    const struct run other = { .state = RUN_RUNNING, .id = (char *)"other" };
    char *path = text_format("%s/health", record.directory);
    struct stat status;
    int file = 0;

    health_read(&record, &run, &read);
    ck_assert(!read.known);
    ck_assert(health_take(&health, "BUSY=2\nPOOL=4\nWAITING=3\n"
        "TROUBLE=1700000001 mute\nTASK=5 a long name of a task\n"));
    keep(&record, &health, &file);
    ck_assert_int_gt(file, 0);
    health_read(&record, &run, &read);
    ck_assert(read.known && read.busy == 2 && read.pool == 4);
    ck_assert(read.waiting == 3 && read.trouble == TROUBLE_MUTE);
    ck_assert_int_eq(read.since, 1700000001);
    ck_assert_str_eq(read.tasks.word[0], "5 a long name of a task");
    health_clear(&read);
    /* In place, shorter, and for the owner alone. */
    ck_assert(health_take(&health, "BUSY=0\n"));
    keep(&record, &health, &file);
    health_read(&record, &run, &read);
    ck_assert(read.known && read.busy == 0 && read.tasks.count == 0);
    ck_assert_int_eq(read.waiting, -1);
    health_clear(&read);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert_int_lt(status.st_size, 512);
    /* Of another run, or not whole, it is nothing. */
    health_read(&record, &other, &read);
    ck_assert(!read.known);
    ck_assert_int_eq(ftruncate(file, 20), 0);
    health_read(&record, &run, &read);
    ck_assert(!read.known);
    close(file);
    health_remove(&record);
    ck_assert_int_ne(stat(path, &status), 0);
    health_clear(&health);
    free(path);
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(a_link_is_not_followed)
{
    struct record record = {0};
    char *base = scratch_record(&record, &problem);
    struct health health = { .known = true };
    char *path = text_format("%s/health", record.directory);
    char *target = text_format("%s/target", base);
    struct stat status;
    int file = 0;

    ck_assert_int_eq(symlink(target, path), 0);
    keep(&record, &health, &file);
    ck_assert_int_le(file, 0);
    ck_assert_int_ne(stat(target, &status), 0);
    free(target);
    free(path);
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(some_troubles_are_stuck)
{
    static const struct { enum trouble trouble; bool stuck; } rows[] = {
        { TROUBLE_NONE, false }, { TROUBLE_IDLE, true },
        { TROUBLE_LOOP, true }, { TROUBLE_AWAY, true },
        { TROUBLE_MUTE, true }, { TROUBLE_END, true },
        { TROUBLE_SILENT, true }, { TROUBLE_BROKER, false },
        { TROUBLE_BLIND, false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct health health = {
            .known = true, .trouble = rows[i].trouble, .waiting = 1,
            .since = time(NULL) - 150
        };
        char *text = health_describe(&health);

        ck_assert_msg(health_is_stuck(&health) == rows[i].stuck, "row %zu", i);
        ck_assert_msg((text != NULL) == (i > 0), "row %zu", i);
        free(text);
    }
}
END_TEST

START_TEST(it_is_told_in_words)
{
    long long now = time(NULL);
    struct health health = { .waiting = -1 };

    ck_assert_ptr_null(health_describe_work(&health));
    assert_text(health_describe_tasks(&health), "");
    health = (struct health){ .known = true, .busy = 3, .pool = 4, .done = 1,
        .waiting = 812, .trouble = TROUBLE_IDLE, .since = now - 150 };
    assert_text(health_describe(&health), "idle beside 812 messages for "
        "2 min");
    assert_text(health_describe_work(&health), "3 of 4 busy; 1 task done, "
        "0 failed; 812 messages waiting");
    health.trouble = TROUBLE_LOOP;
    health.since = now - 40;
    assert_text(health_describe(&health), "its event loop has not moved for "
        "40 s");
    health.trouble = TROUBLE_BROKER;
    health.since = now - 190;
    assert_text(health_describe(&health), "its broker has not answered for "
        "3 min");
    /* A clock that was set back. */
    health.since = now + 1000;
    assert_text(health_describe(&health), "its broker has not answered for "
        "0 s");
    words_addf(&health.tasks, "%lld app.train", now - 7300);
    words_add(&health.tasks, "0 app.other");
    assert_text(health_describe_tasks(&health), "app.train for 2 h, app.other "
        "and 1 more");
    words_clear(&health.tasks);
}
END_TEST

START_TEST(it_is_news_once)
{
    struct record record = {0};
    char *base = scratch_record(&record, &problem);

    ck_assert(!health_is_noted(&record));
    ck_assert(!health_note(&record, false));
    ck_assert(health_note(&record, true));
    ck_assert(health_is_noted(&record));
    ck_assert(!health_note(&record, true));
    ck_assert(health_note(&record, false));
    ck_assert(!health_is_noted(&record));
    scratch_record_remove(&record, base);
}
END_TEST

UNIT_TESTS("health", what_it_says_is_taken, garbage_is_no_harm,
    it_is_read_as_it_was_kept, a_link_is_not_followed,
    some_troubles_are_stuck, it_is_told_in_words, it_is_news_once)
