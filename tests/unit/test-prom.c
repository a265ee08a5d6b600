/* test-prom.c - no text of a worker breaks the format or adds to it. */
#include "unit-help.h"
#include "printed.h"

#include "cli/prom.h"

static const struct {
    const char *text, *desired;
} rows[] = {
    { "gpu", "gpu" },
    { "video,image +2", "video,image +2" },
    { "a\"b\\c", "a\\\"b\\\\c" },
    { "a\"} 1\nb", "a\\\"} 1\\nb" },
    { "\\", "\\\\" },
    { "\u20ac", "\u20ac" },
    /* An escape sequence that would take the quote with it. */
    { "a\033[", "a" },
    { "\033[31mred\033]0;x\a", "red0;x?" },
    { "\xff" "a\xc3", "?a?" },
    { "\u2028\u202e", "??" },
};

static char *made;

/* One with this text wherever it could have any, and no record. */
static void
add(struct prom *prom, const char *text, const struct health *health,
    struct problem *problem)
{
    struct worker worker = {
        .name = text_copy(text), .session = text_copy(text),
        .queue = text_copy(text)
    };
    struct record record = { .directory = text_copy("/nowhere") };
    struct run run = { .id = text_copy("1"), .revision = text_copy(text),
        .celery = text_copy(text) };
    struct words none = {0};
    struct prom_worker given = {
        .user = text, .worker = &worker, .record = &record, .run = &run,
        .alive = true, .state = "running", .health = health, .memory = -1,
        .drifted = &none
    };

    prom_add(prom, &given, problem);
    free(worker.name);
    free(worker.session);
    free(worker.queue);
    run_clear(&run);
    record_clear(&record);
}

START_TEST(a_text_is_a_label_and_no_more)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *in = rows[i].desired;
        char *desired = text_format("celery_tmux_worker_info{user=\"%s\","
            "worker=\"%s\",session=\"%s\",queue=\"%s\",commit=\"%s\","
            "celery=\"%s\"} 1\n", in, in, in, in, in, in);
        struct problem problem = {0};
        struct health health = {0};
        struct prom prom = {0};
        char *line, *plain;

        printed_begin(&made);
        add(&prom, rows[i].text, &health, &problem);
        prom_print(&prom);
        printed_end();
        plain = plain_text(made);
        same_text(i, plain, made);
        line = strstr(made, "\ncelery_tmux_worker_info{") + 1;
        ck_assert(text_starts(line, desired));
        ck_assert_ptr_null(problem.text);
        free(plain);
        free(made);
        free(desired);
    }
}
END_TEST

START_TEST(what_is_not_known_has_no_sample)
{
    struct health health = { .known = true, .busy = 1, .pool = 2,
        .waiting = -1 };
    struct problem problem = {0};
    struct prom prom = {0};

    printed_begin(&made);
    add(&prom, "gpu", &health, &problem);
    prom_print(&prom);
    printed_end();
    ck_assert_ptr_nonnull(strstr(made, "busy_processes{"));
    ck_assert_ptr_nonnull(strstr(made, "tasks_done_total{"));
    ck_assert_ptr_null(strstr(made, "waiting_messages"));
    ck_assert_ptr_null(strstr(made, "last_task"));
    ck_assert_ptr_null(strstr(made, "memory"));
    free(made);

    health.known = false;
    printed_begin(&made);
    add(&prom, "gpu", &health, &problem);
    prom_print(&prom);
    printed_end();
    ck_assert_ptr_null(strstr(made, "busy_processes{"));
    ck_assert_ptr_null(strstr(made, "tasks_"));
    free(made);
}
END_TEST

START_TEST(labels_that_are_there_are_not_given_twice)
{
    struct problem problem = {0};
    struct health health = {0};
    struct prom prom = {0};

    printed_begin(&made);
    add(&prom, "gpu", &health, &problem);
    ck_assert_ptr_null(problem.text);
    add(&prom, "gpu", &health, &problem);
    prom_print(&prom);
    printed_end();
    ck_assert_ptr_nonnull(strstr(problem.text, "two records of worker gpu"));
    ck_assert_ptr_null(strstr(strstr(made, "_info{") + 1, "_info{"));
    problem_clear(&problem);
    free(made);
}
END_TEST

UNIT_TESTS("prom",
    a_text_is_a_label_and_no_more,
    what_is_not_known_has_no_sample,
    labels_that_are_there_are_not_given_twice)
