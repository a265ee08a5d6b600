/* test-celery.c - Celery's command line, word by word. */
#include "unit-help.h"

#include "celery-rows.h"
#include "worker/celery.h"

#define PLAIN "celery worker --queues=celery -Ofair " \
    "--max-tasks-per-child=1024 --hostname=celery@%h --include=celery_tmux " \
    "--heartbeat-interval=5 " \
    "--without-gossip --without-gossip --loglevel=INFO"

/* The words for the first worker of `workers = ( { SAID; } )`. */
static void
words_of(size_t row, const char *said, struct words *words)
{
    char *text = text_format("workers = ( { %s; } );", said);
    struct node node = test_node("n1");
    struct workers workers = {0};
    struct problem problem = {0};

    resolve_text(text, "n1", &workers, &problem);
    no_problem(row, &problem);
    celery_words(&workers.worker[0], &node, words);
    workers_clear(&workers);
    free(text);
}

/* The words of `from` beginning at `start` that `other` lacks. */
static void
subtract(const struct words *from, size_t start, const struct words *other,
    struct words *result)
{
    for (size_t i = start; i < from->count; i++)
        if (!words_contain(other, from->word[i]))
            words_add(result, from->word[i]);
}

START_TEST(a_plain_worker_has_these_words_in_this_order)
{
    struct words words = {0};

    words_of(0, "nice = 0", &words);
    same_line(0, &words, PLAIN);
    words_clear(&words);
}
END_TEST

START_TEST(each_setting_makes_its_words)
{
    struct words plain = {0};

    words_add_parts(&plain, PLAIN, " ");
    ck_assert_uint_ge(COUNT_OF(celery_rows), 100);
    for (size_t i = 0; i < COUNT_OF(celery_rows); i++) {
        struct words words = {0}, front = {0}, added = {0}, gone = {0};
        size_t at = 1;

        words_of(i, celery_rows[i].said, &words);
        same_text(i, words.word[0], "celery");
        while (at < words.count && strcmp(words.word[at], "worker") != 0)
            words_add(&front, words.word[at++]);
        ck_assert_msg(at < words.count, "row %zu: no worker", i);
        /* A word of extra_args may be any, "worker" as well. */
        words_clear(&added);
        for (size_t j = at + 1; j < words.count; j++)
            if (!words_contain(&plain, words.word[j])
                || (strcmp(words.word[j], "worker") == 0))
                words_add(&added, words.word[j]);
        subtract(&plain, 0, &words, &gone);
        same_line(i, &front, celery_rows[i].front);
        same_line(i, &added, celery_rows[i].added);
        same_line(i, &gone, celery_rows[i].gone);
        words_clear(&gone);
        words_clear(&added);
        words_clear(&front);
        words_clear(&words);
    }
    words_clear(&plain);
}
END_TEST

START_TEST(every_setting_with_a_flag_is_among_the_rows)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        bool found = settings[id].type == TYPE_REFUSED;

        for (size_t i = 0; i < COUNT_OF(celery_rows) && !found; i++) {
            const char *said = celery_rows[i].said;
            size_t length = strcspn(said, " ");

            found = strlen(settings[id].key) == length
                && strncmp(said, settings[id].key, length) == 0
                && (*celery_rows[i].front || *celery_rows[i].added
                    || *celery_rows[i].gone);
        }
        ck_assert_msg(found || (settings[id].use != USE_WORKER
            && settings[id].use != USE_CELERY), "%s", settings[id].key);
    }
}
END_TEST

START_TEST(options_of_celery_itself_stand_before_the_word_worker)
{
    struct words words = {0};

    words_of(0, "app = \"a\"; loader = \"l\"; celery_config = \"c\"; quiet = "
        "true; no_color = true; skip_checks = true; pool = \"solo\"; "
        "extra_args = ( \"-A\", \"worker\" ); celery_cmd = \"python3 -m "
        "celery\"; include = \"x\"; concurrency = 2", &words);
    same_line(0, &words, "python3 -m celery --app=a --no-color --quiet "
        "--loader=l --config=c --skip-checks worker --queues=celery "
        "--concurrency=2 --pool=solo -Ofair --max-tasks-per-child=1024 "
        "--hostname=celery@%h --include=x,celery_tmux "
        "--heartbeat-interval=5 --without-gossip --without-gossip "
        "--loglevel=INFO -A worker");
    words_clear(&words);
}
END_TEST

START_TEST(celery_is_called_in_shell_words)
{
    static const struct {
        const char *said, *desired;
    } rows[] = {
        { "celery", "celery" },
        { "../venv/bin/celery", "../venv/bin/celery" },
        { "/opt/celery", "/opt/celery" },
        { "~/venv/bin/celery", "/home/u/venv/bin/celery" },
        { "~/'my venv'/celery -v", "'/home/u/my venv/celery' -v" },
        { "'~/x'/celery", "'~/x/celery'" },
        { "\\\\~/celery", "'~/celery'" },
        { "conda run -n x celery", "conda run -n x celery" },
        { "  conda  run 'a b' \\\"c d\\\" e\\\\ f ",
          "conda run 'a b' 'c d' 'e f'" },
        { "env A=1 celery", "env 'A=1' celery" },
        { "python3 -c 'import x; x(\\\"$y\\\")'",
          "python3 -c 'import x; x(\"$y\")'" },
        { "nice -n 5 ~/celery", "nice -n 5 '~/celery'" },
        { "''a", "a" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *said = text_format("celery_cmd = \"%s\"", rows[i].said);
        struct words words = {0}, desired = {0}, front = {0};
        const char *reason;

        words_of(i, said, &words);
        for (size_t j = 0; strcmp(words.word[j], "worker") != 0; j++)
            words_add(&front, words.word[j]);
        words_add_shell(&desired, rows[i].desired, &reason);
        ck_assert_msg(words_equal(&front, &desired), "row %zu: %s", i,
            words_to_shell(&front));
        words_clear(&front);
        words_clear(&desired);
        words_clear(&words);
        free(said);
    }
}
END_TEST

START_TEST(concurrency_is_counted_from_the_nodes_processors)
{
    static const struct {
        const char *said;
        long processors, desired;
    } rows[] = {
        { "", 8, 0 }, { "7", 8, 7 }, { "100000", 1, 100000 },
        { "all", 8, 8 }, { "all", 1, 1 }, { "all-2", 8, 6 },
        { "all-8", 8, 1 }, { "all-9", 8, 1 }, { "all-100000", 8, 1 },
        { "50%", 8, 4 }, { "50%", 7, 3 }, { "50%", 1, 1 },
        { "33%", 256, 84 }, { "1%", 99, 1 }, { "1%", 200, 2 },
        { "100%", 256, 256 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = text_format("workers = ( { concurrency = \"%s\"; } );",
            rows[i].said);
        struct node node = test_node("n1");
        struct workers workers = {0};
        struct problem problem = {0};

        node.processors = rows[i].processors;
        resolve_text(text, "n1", &workers, &problem);
        no_problem(i, &problem);
        ck_assert_msg(celery_concurrency(&workers.worker[0], &node)
            == rows[i].desired, "row %zu", i);
        workers_clear(&workers);
        free(text);
    }
}
END_TEST

START_TEST(every_instance_has_a_node_name_of_its_own)
{
    struct node node = test_node("n1");
    struct workers workers = {0};
    struct problem problem = {0};

    resolve_text("workers = ( { queue = \"a,b\"; instances = 2; } );", "n1",
        &workers, &problem);
    no_problem(0, &problem);
    for (size_t i = 0; i < 2; i++) {
        struct words words = {0};

        celery_words(&workers.worker[i], &node, &words);
        ck_assert(words_contain(&words, "--queues=a,b"));
        ck_assert(words_contain(&words, i ? "--hostname=a_b+2@%h"
            : "--hostname=a_b@%h"));
        words_clear(&words);
    }
    workers_clear(&workers);
}
END_TEST

UNIT_TESTS("celery",
    a_plain_worker_has_these_words_in_this_order,
    each_setting_makes_its_words,
    every_setting_with_a_flag_is_among_the_rows,
    options_of_celery_itself_stand_before_the_word_worker,
    celery_is_called_in_shell_words,
    concurrency_is_counted_from_the_nodes_processors,
    every_instance_has_a_node_name_of_its_own)
