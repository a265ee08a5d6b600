/* test-run.c - runs and wishes, written down and read again. */
#include "unit-help.h"

#include <errno.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fields.h"
#include "record/record.h"

static struct problem problem;
static struct record record;

START_TEST(a_run_is_read_as_it_was_written)
{
    char *id = (char []){ "0123abcd" }, *blank = (char []){ "" };
    struct process left[] = { { 12, 0 }, { 4194304, 18446744073709551615u } };
    const struct run rows[] = {
        { .state = RUN_STARTING, .id = id, .boot = id, .socket = blank,
          .pane = blank, .rebooted = true,
          .revision = blank, .phase = blank },
        { .state = RUN_RUNNING, .id = id, .boot = id, .begun = 1234567890123,
          .namespace = 4026531836, .since = 1764000000,
          .runner = { 12, 18446744073709551615u },
          .main = { 4194304, 1 }, .socket = (char []){ "/a b/c" },
          .server = { 7, 8 }, .pane = (char []){ "%12" },
          .assumed = true, .asked = true, .kept = true,
          .revision = (char []){ "00ff" }, .phase = (char []){ "celery" } },
        { .state = RUN_DRAINING, .id = id, .boot = id, .socket = blank,
          .pane = blank,
          .revision = blank, .phase = (char []){ "exec" }, .asked = true },
        { .state = RUN_ENDED, .id = id, .boot = id, .socket = blank,
          .left = { left, COUNT_OF(left) },
          .revision = blank, .phase = (char []){ "setup" },
          .result = 137, .kept = true, .pane = blank },
    };
    char *base = scratch_record(&record, &problem);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct run *row = &rows[i];
        struct run run;

        ck_assert(record_write_run(&record, row, &problem));
        record_read_run(&record, &run);
        ck_assert_int_eq(run.state, row->state);
        same_text(i, run.id, row->id);
        same_text(i, run.boot, row->boot);
        same_text(i, run.socket, row->socket);
        same_text(i, run.pane, row->pane);
        ck_assert_int_eq(run.server.pid, row->server.pid);
        ck_assert_uint_eq(run.server.start, row->server.start);
        ck_assert(run.rebooted == row->rebooted);
        same_text(i, run.revision, row->revision);
        same_text(i, run.phase, row->phase);
        ck_assert_uint_eq(run.namespace, row->namespace);
        ck_assert_int_eq(run.begun, row->begun);
        ck_assert_int_eq(run.since, row->since);
        ck_assert_int_eq(run.runner.pid, row->runner.pid);
        ck_assert_uint_eq(run.runner.start, row->runner.start);
        ck_assert_int_eq(run.main.pid, row->main.pid);
        ck_assert_uint_eq(run.main.start, row->main.start);
        ck_assert(run.assumed == row->assumed && run.asked == row->asked
            && run.kept == row->kept);
        ck_assert_int_eq(run.result, row->result);
        ck_assert_uint_eq(run.left.count, row->left.count);
        for (size_t j = 0; j < run.left.count; j++)
            ck_assert(run.left.process[j].pid == row->left.process[j].pid
                && run.left.process[j].start == row->left.process[j].start);
        run_clear(&run);
        ck_assert_int_eq(run.state, RUN_NONE);
    }
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(what_is_no_run_is_none)
{
    static const char *const texts[] = {
        "", "garbage", "state", "state \n", "state elsewhere\n",
        "STATE running\n", "state running ", "\n\n\n",
        "runner x y\nrunner 5\n", "state",
    };
    char *base = scratch_record(&record, &problem);
    struct run run;

    record_read_run(&record, &run);
    ck_assert_int_eq(run.state, RUN_NONE);
    ck_assert_str_eq(run.id, "");
    run_clear(&run);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ck_assert(record_write(&record, "run", texts[i], &problem));
        record_read_run(&record, &run);
        ck_assert_msg(run.state == RUN_NONE, "row %zu", i);
        ck_assert_msg(run.runner.pid == 0, "row %zu", i);
        ck_assert_msg(!run_is_alive(&run), "row %zu", i);
        run_clear(&run);
    }
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(what_is_wanted_is_read_as_it_was_said)
{
    char *base = scratch_record(&record, &problem), *first = NULL, *second = NULL;
    struct desired desired;

    record_read_desired(&record, &desired);
    ck_assert(!desired.up);
    ck_assert_str_eq(desired.by, "");
    desired_clear(&desired);
    ck_assert(record_write_desired(&record, true, "start", &first, &problem));
    record_read_desired(&record, &desired);
    ck_assert(desired.up);
    ck_assert_str_eq(desired.by, "start");
    ck_assert_str_eq(desired.token, first);
    desired_clear(&desired);
    ck_assert(record_write_desired(&record, false, "kill", &second,
        &problem));
    record_read_desired(&record, &desired);
    ck_assert(!desired.up);
    ck_assert_str_eq(desired.by, "kill");
    ck_assert_str_ne(first, second);
    desired_clear(&desired);
    free(first);
    free(second);
    scratch_record_remove(&record, base);
}
END_TEST

START_TEST(a_run_is_alive_by_pid_start_time_and_boot)
{
    char *boot = proc_boot(), *id = text_copy("x");
    struct process self = proc_process(getpid());
    struct process other = { self.pid, self.start + 1 }, none = {0};
    const struct {
        enum run_state state;
        struct process runner, main;
        const char *boot;
        bool alive;
    } rows[] = {
        { RUN_RUNNING, self, none, boot, true },
        { RUN_STARTING, self, none, boot, true },
        { RUN_DRAINING, none, self, boot, true },
        { RUN_RUNNING, other, self, boot, true },
        { RUN_RUNNING, none, none, boot, false },
        { RUN_RUNNING, other, other, boot, false },
        { RUN_RUNNING, self, self, "another-boot", false },
        { RUN_RUNNING, self, self, "", false },
        { RUN_ENDED, self, self, boot, false },
        { RUN_NONE, self, self, boot, false },
    };

    ck_assert_int_eq(run_life(&(struct run){ .unread = EMFILE }),
        LIFE_UNKNOWN);
    ck_assert_int_eq(errno, EMFILE);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *of_boot = text_copy(rows[i].boot);
        struct run run = { .state = rows[i].state, .id = id,
            .boot = of_boot, .runner = rows[i].runner, .main = rows[i].main };

        ck_assert_msg(run_is_alive(&run) == rows[i].alive, "row %zu", i);
        ck_assert_int_eq(run_life(&run), rows[i].alive ? LIFE_ALIVE
            : LIFE_DEAD);
        free(of_boot);
    }
    free(id);
    free(boot);
}
END_TEST

/* Of a namespace that is not to be seen from here nothing is alive. */
START_TEST(a_pid_means_the_same_in_one_namespace_alone)
{
    const unsigned long long initial = 0xEFFFFFFC, here = proc_namespace();
    char *boot = proc_boot();
    struct run run = { .state = RUN_RUNNING, .boot = boot,
        .runner = proc_process(getpid()), .server = proc_process(getpid()) };

    ck_assert_uint_ne(here, 0);
    ck_assert(run_is_alive(&run) && run_has_server(&run));
    run.namespace = here;
    ck_assert(run_is_alive(&run) && run_has_server(&run));
    run.namespace = 1;
    ck_assert_int_eq(run_life(&run), LIFE_DEAD);
    ck_assert(!run_has_server(&run));
    run.namespace = initial;
    if (here != initial) {
        ck_assert_int_eq(run_life(&run), LIFE_UNKNOWN);
        ck_assert_int_eq(errno, PROC_ELSEWHERE);
    }
    free(boot);
}
END_TEST

START_TEST(a_run_is_of_this_moment_or_later)
{
    char *boot = proc_boot();
    struct run run = { .state = RUN_STARTING, .boot = boot, .begun = 100 };

    ck_assert(run_is_since(&run, 99));
    ck_assert(run_is_since(&run, 100));
    ck_assert(!run_is_since(&run, 101));
    run.state = RUN_NONE;
    ck_assert(!run_is_since(&run, 0));
    run.state = RUN_ENDED;
    run.boot = (char []){ "another" };
    ck_assert(!run_is_since(&run, 0));
    free(boot);
}
END_TEST

START_TEST(a_value_stands_behind_its_key_and_a_blank)
{
    static const char text[] = "a 1\nab two words \n a 3\nc\nd \ne x\ne y\n"
        "g 9223372036854775807\nh -2147483649\ni 2147483648\nj 1 2\n"
        "k 9223372036854775808\n";
    static const struct {
        const char *key, *value;
        long long number;
    } rows[] = {
        { "a", "1", 1 }, { "ab", "two words ", 0 }, { "c", "", 0 },
        { "d", "", 0 }, { "e", "x", 0 }, { "f", "", 0 }, { "1", "", 0 },
        { "g", "9223372036854775807", 9223372036854775807 },
        { "h", "-2147483649", -2147483649 }, { "j", "1 2", 0 },
        { "i", "2147483648", 2147483648 },
        { "k", "9223372036854775808", 0 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *value = fields_value(text, rows[i].key);

        same_text(i, value, rows[i].value);
        ck_assert_int_eq(fields_number(text, rows[i].key), rows[i].number);
        free(value);
    }
    ck_assert_int_eq(fields_number(NULL, "a"), 0);
}
END_TEST

UNIT_TESTS("run",
    a_run_is_read_as_it_was_written,
    what_is_no_run_is_none,
    what_is_wanted_is_read_as_it_was_said,
    a_run_is_alive_by_pid_start_time_and_boot,
    a_pid_means_the_same_in_one_namespace_alone,
    a_run_is_of_this_moment_or_later,
    a_value_stands_behind_its_key_and_a_blank)
