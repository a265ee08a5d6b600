/* test-verdict.c - what a probe found is told, and is a verdict or none. */
#include "unit-help.h"

#include "probe/verdict.h"

/* Rows are of probes whose worker is this one. */
static struct worker
sample(void)
{
    struct worker worker = {0};

    words_add(&worker.layer.value[SETTING_APP], "shop");
    words_add(&worker.layer.value[SETTING_START_TIMEOUT], "60");
    return worker;
}

START_TEST(what_fails_has_its_sentence_and_what_says_nothing_is_no_verdict)
{
    static const struct {
        struct probe probe;
        enum verdict verdict;
        const char *text;
    } rows[] = {
        { { .printed = (char *)"", .executed = true, .complete = true,
            .findings = (char *)"version 5\nbroker redis://h/0\n"
            "broker-refused gone\nend \n" }, VERDICT_STARTS, NULL },
        { { .printed = (char *)"up\n", .executed = true, .late = true,
            .ready = true }, VERDICT_STARTS, NULL },
        { { .printed = (char *)"", .executed = true, .late = true,
            .findings = (char *)"version 5\nbroker redis://h/0\n" },
          VERDICT_STARTS, NULL },
        /* A fault of our module is none of the worker's. */
        { { .printed = (char *)"", .executed = true,
            .findings = (char *)"version 5\nfailed KeyError: 'x'\n" },
          VERDICT_STARTS, NULL },
        { { .printed = (char *)"", .executed = true,
            .findings = (char *)"version 5\nbroker-unusable KeyError: 'No "
            "such transport: x'\nfailed KeyError: 'No such transport: x'\n" },
          VERDICT_FAILS, "Celery cannot use the broker: KeyError: 'No such "
          "transport: x'; correct broker" },
        { { .printed = (char *)"", .executed = true, .complete = true,
            .findings = (char *)"version 5\nbroker redis://h/0\n"
            "broker-denied WRONGPASS no\nbroker-refused no\nend \n" },
          VERDICT_FAILS, "the broker redis://h/0 does not let it in: "
          "WRONGPASS no; correct broker, or the user and password there" },
        { { .printed = (char *)"no\n", .result = 3 }, VERDICT_FAILS,
          "worker_setup_cmd ends with status 3 and says \"no\"; correct it" },
        { { .printed = (char *)"" }, VERDICT_FAILS, "worker_setup_cmd ends "
          "with status 0 before Celery begins; remove exit or exec from it" },
        { { .printed = (char *)"", .executed = true }, VERDICT_FAILS,
          "Celery ends with status 0 before it connects and prints nothing; "
          "correct that" },
        { { .printed = (char *)"Error: Unable to load celery application.\n",
            .executed = true, .result = 2 }, VERDICT_FAILS, "app shop cannot "
          "be imported: Celery says \"Unable to load celery application\"; "
          "correct its code, app or worker_dir, or install what it imports "
          "where celery_cmd finds it" },
        { { .printed = (char *)"celery-tmux-launch: cannot run x: Cannot "
            "allocate memory\n", .result = STATUS_UNAVAILABLE },
          VERDICT_NONE, "cannot run x: Cannot allocate memory" },
        { { .printed = (char *)"celery-tmux-launch: cannot set nice to -3: "
            "No\n", .result = STATUS_PERMISSION }, VERDICT_FAILS,
          "cannot set nice to -3: No" },
        { { .printed = (char *)"x\n", .executed = true, .late = true },
          VERDICT_NONE, "the import of the app was not done after 60 s and "
          "says \"x\"" },
        { { .printed = (char *)"", .late = true, .result = 137 },
          VERDICT_NONE, "worker_setup_cmd was not done after 60 s and prints "
          "nothing" },
        { { .printed = (char *)"Traceback\n", .executed = true,
            .result = 137 }, VERDICT_NONE, "it was killed, maybe for want of "
          "memory" },
        { { .problem = { .text = (char *)"no room", .status =
            STATUS_UNAVAILABLE } }, VERDICT_NONE, "no room" },
    };
    struct worker worker = sample();

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct probe probe = rows[i].probe;
        struct problem problem = {0};

        probe.worker = &worker;
        ck_assert_msg(verdict_of(&probe, &problem) == rows[i].verdict,
            "row %zu: %s", i, problem.text ? problem.text : "no sentence");
        if (rows[i].text != NULL) {
            ck_assert_msg(problem.text != NULL, "row %zu", i);
            same_text(i, problem.text, rows[i].text);
        } else
            ck_assert_msg(problem.text == NULL, "row %zu: %s", i,
                problem.text);
        problem_clear(&problem);
    }
    worker_clear(&worker);
}
END_TEST

/* For check, to which what is late is wrong as well. */
struct explained {
    struct probe probe;
    const char *text;
};

static void
explain_rows(const struct worker *worker, const struct explained *rows,
    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct probe probe = rows[i].probe;
        struct problem problem = {0};

        probe.worker = worker;
        verdict_explain(&probe, &problem);
        same_problem(i, &problem, STATUS_UNAVAILABLE, rows[i].text);
    }
}

START_TEST(what_is_late_is_explained)
{
    static const struct explained rows[] = {
        { { .printed = (char *)"wait\n", .late = true, .result = 137 },
          "worker_setup_cmd is not done after 60 s and says \"wait\"; correct "
          "it, or raise start_timeout" },
        { { .printed = (char *)"", .executed = true, .late = true },
          "shop is not imported after 60 s and Celery prints nothing; "
          "find out what the import waits for, or raise start_timeout" },
    };
    struct worker worker = sample();

    explain_rows(&worker, rows, COUNT_OF(rows));
    worker_clear(&worker);
}
END_TEST

/* It stands in celery_cmd then, or in the environment. */
START_TEST(an_app_that_is_no_setting_has_no_name)
{
    static const struct explained rows[] = {
        { { .printed = (char *)"Error: Unable to load celery application.\n",
            .executed = true, .result = 2 }, "the app cannot be imported: "
          "Celery says \"Unable to load celery application\"; correct its "
          "code, app or worker_dir, or install what it imports where "
          "celery_cmd finds it" },
        { { .printed = (char *)"", .executed = true, .late = true },
          "the app is not imported after 60 s and Celery prints nothing; "
          "find out what the import waits for, or raise start_timeout" },
    };
    struct worker worker = sample();

    words_clear(&worker.layer.value[SETTING_APP]);
    explain_rows(&worker, rows, COUNT_OF(rows));
    worker_clear(&worker);
}
END_TEST

UNIT_TESTS("verdict",
    what_is_late_is_explained,
    an_app_that_is_no_setting_has_no_name,
    what_fails_has_its_sentence_and_what_says_nothing_is_no_verdict)
