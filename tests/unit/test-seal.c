/* test-seal.c - texts that were cut off or changed are known. */
#include "unit-help.h"

#include "base/seal.h"
#include "record/record.h"

static struct problem problem;

START_TEST(what_was_sealed_is_opened)
{
    static const char *const texts[] = {
        "", "a", "a\n", "a\n\n", "# sum 00000000\n", "a\n# sum 811c9dc5\n",
        "\n# sum 811c9dc5\n", "\n", "/home/\xc3\xa4",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char *text = seal_text(texts[i]);

        ck_assert_msg(seal_open(text), "row %zu", i);
        same_text(i, text, texts[i]);
        free(text);
    }
}
END_TEST

START_TEST(what_was_never_sealed_is_taken_as_it_is)
{
    static const char *const texts[] = { "", "a", "state none\n", "# sum 1\n" };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char *text = text_copy(texts[i]);

        ck_assert_msg(seal_open(text), "row %zu", i);
        same_text(i, text, texts[i]);
        free(text);
    }
}
END_TEST

/* Write what one loss did to a file of the record; is the rest believed? */
static bool
is_believed(const struct record *record, const char *name, const char *text)
{
    struct desired desired;
    struct run run;
    bool broken;

    ck_assert(record_write(record, name, text, &problem));
    record_read_run(record, &run);
    record_read_desired(record, &desired);
    broken = strcmp(name, "run") == 0 ? run.broken : desired.broken;
    if (broken) {
        ck_assert_int_eq(run.state == RUN_NONE || !desired.up, true);
        ck_assert(!record_check_whole(record, &run, &desired, &problem));
        problem_clear(&problem);
    } else {
        ck_assert_int_eq(run.state, RUN_RUNNING);
        ck_assert_str_eq(run.id, "0123abcd");
        ck_assert_int_eq(run.runner.pid, 12);
        ck_assert_uint_eq(run.runner.start, 345);
        ck_assert(desired.up);
        ck_assert_str_eq(desired.by, "start");
    }
    run_clear(&run);
    desired_clear(&desired);
    return !broken;
}

/* A file as it lies there, seal and all. */
static char *
raw(const struct record *record, const char *name)
{
    char *path = text_format("%s/%s", record->directory, name);
    FILE *file = fopen(path, "r");
    char text[2000] = "";

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(text, 1, sizeof text - 1, file), 0);
    fclose(file);
    free(path);
    return text_copy(text);
}

START_TEST(a_record_is_believed_only_when_it_is_whole)
{
    static const char *const names[] = { "run", "wanted" };
    char *base = scratch_make(), *token = NULL;
    struct run run = {
        .state = RUN_RUNNING, .id = text_copy("0123abcd"),
        .boot = text_copy("b"), .begun = 5, .since = 6,
        .runner = { 12, 345 }, .main = { 13, 346 },
        .socket = text_copy("/a b"), .revision = text_copy(""),
        .phase = text_copy("celery"),
    };
    struct record record;

    record_name(&record, base, "s");
    ck_assert(record_make(&record, &problem));
    ck_assert(record_write_run(&record, &run, &problem));
    ck_assert(record_write_desired(&record, true, "start", &token,
        &problem));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *whole = raw(&record, names[i]);
        size_t length = strlen(whole), believed = 0;

        /* Cut off anywhere: only behind the last line it needs it is fine. */
        for (size_t end = 0; end < length; end++) {
            char *text = text_copy_part(whole, end);

            believed += is_believed(&record, names[i], text);
            free(text);
        }
        ck_assert_uint_ge(believed, 1);
        ck_assert_uint_le(believed, 6);
        /* Any byte changed: nothing of what it said is another thing. */
        for (size_t at = 0; at < length; at++) {
            char *text = text_copy(whole);

            text[at] = (char)(text[at] ^ (1 << (at % 7)));
            if (text[at] == '\0')
                text[at] = 'x';
            is_believed(&record, names[i], text);
            free(text);
        }
        ck_assert(is_believed(&record, names[i], whole));
        free(whole);
    }
    run_clear(&run);
    record_clear(&record);
    free(token);
    scratch_remove(base);
}
END_TEST

UNIT_TESTS("seal",
    what_was_sealed_is_opened,
    what_was_never_sealed_is_taken_as_it_is,
    a_record_is_believed_only_when_it_is_whole)
