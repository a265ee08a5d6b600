/*
 * test-worker-text.c - a resolved worker, written down as a configuration and
 * read again, is the same worker: the runner lives from that.
 */
#include "unit-help.h"

static struct problem problem;

static void
same_worker(size_t row, const struct worker *one, const struct worker *other)
{
    same_text(row, other->name, one->name);
    same_text(row, other->session, one->session);
    same_text(row, other->queue, one->queue);
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct words *value = &one->layer.value[id];
        const struct words *again = &other->layer.value[id];

        ck_assert_msg(words_equal(value, again), "row %zu: %s is %s, was %s",
            row, settings[id].key, words_to_shell(again),
            words_to_shell(value));
    }
}

/* Resolve, write, resolve again elsewhere, compare. */
static void
go_round(size_t row, const char *text)
{
    struct workers before = {0};

    resolve_text(text, "n1", &before, &problem);
    no_problem(row, &problem);
    for (size_t i = 0; i < before.count; i++) {
        char *written = worker_to_text(&before.worker[i]);
        struct workers after = {0};

        resolve_text(written, "another", &after, &problem);
        no_problem(row, &problem);
        ck_assert_msg(after.count == 1, "row %zu", row);
        same_worker(row, &before.worker[i], &after.worker[0]);
        workers_clear(&after);
        free(written);
    }
    workers_clear(&before);
}

START_TEST(a_worker_is_read_back_the_same)
{
    static const char *const texts[] = {
        "",
        "workers = ( { queue = \"a,b\"; instances = 3; hosts = \"n1\"; } );",
        "workers = ( { queue = ( \"a,b\", \"c d\" ); } );",
        "workers = ( { queue = [ \"a\", \"b\" ]; name = \"x y\"; session = "
            "\"s.s\"; hostname = \"w@%h\"; } );",
        "workers = ( { session = \"s\"; instances = 2; hostname = \"w@x\"; "
            "nice = -5; umask = \"077\"; beat = true; gossip = true; "
            "heartbeat = false; time_limit = 1.5; autoscale = \"10,3\"; "
            "concurrency = \"all-2\"; kill_existing = false; } );",
        "workers = ( { worker_dir = \"~\"; virtualenv = \"~/v\"; statedb = "
            "\"state\"; ld_library_paths = \"~/a:/b:c\"; celery_cmd = "
            "\"~/bin/celery -x\"; state_dir = \"~/s\"; } );",
        "workers = ( { ld_library_paths = ( \"/a:b\", \"/c\" ); include = "
            "( \"a,b\", \"c\" ); exclude_queues = \"x,y\"; } );",
        "workers = ( { extra_args = ( \"\", \"a b\", \"--x=y,z\", \"\" ); }"
            " );",
        "workers = ( { extra_args = \"one\"; } );",
        "workers = ( { environment = { A = \"x=y \"; B = \"\"; C = \"\\\"\";"
            " }; } );",
        "workers = ( { environment = ( \"_A=1\", \"B=a\\nb\" ); } );",
        "workers = ( { environment = ( \"A=\" ); } );",
        "workers = ( { worker_setup_cmd = \"a\\n\\tb \\\\ \\\"c\\\" "
            "\\x01\\x0aff\\x7f # @include\"; } );",
        "workers = ( { worker_setup_cmd = \"\\n@include \\\"x\\\"\\n_a = 1\";"
            " } );",
        "workers = ( { broker = \"amqp://u:p%40@h//\"; result_backend = "
            "\"redis://:x@h/0\"; } );",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        go_round(i, texts[i]);
}
END_TEST

/* The same hostile texts wherever a text may stand. */
START_TEST(hostile_values_are_read_back_the_same)
{
    static const char *const texts[] = {
        " ", "a b", "'", "\\\"", "\\\\", "\\\\\\\\n", ";", "a;", "\\\\;",
        "#(touch x)", "#{pane_pid}", "$(x)", "`x`", "%h", "%", "-x",
        "--app=x", "s\xc3\xa9lery", "@include \\\"x\\\"", "99999999999",
        "/* x", "*/", "//", "{ } ( ) [ ]", "=", "true", "0x10", "~", "~/x",
        "%s%n%s",
    };
    static const enum setting_id ids[] = {
        SETTING_NAME, SETTING_QUEUE, SETTING_APP, SETTING_BROKER,
        SETTING_HOSTNAME, SETTING_EXTRA_ARGS, SETTING_INCLUDE,
        SETTING_WORKER_SETUP_CMD, SETTING_SCHEDULER, SETTING_STATEDB,
        SETTING_VIRTUALENV, SETTING_ENV_FILE, SETTING_SESSION,
        SETTING_LD_LIBRARY_PATHS, SETTING_USER,
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        for (size_t j = 0; j < COUNT_OF(ids); j++) {
            char *text = text_format("workers = ( { %s = \"%s\"; } );",
                settings[ids[j]].key, texts[i]);

            go_round(i, text);
            free(text);
        }
        {
            char *text = text_format("workers = ( { worker_dir = \"/%s\"; "
                "environment = { A = \"%s\"; }; extra_args = ( \"%s\", "
                "\"%s\" ); } );", texts[i], texts[i], texts[i], texts[i]);

            go_round(i, text);
            free(text);
        }
    }
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_read_back_the_same)
{
    for (int byte = 1; byte < 256; byte++) {
        char *text = text_format("workers = ( { worker_setup_cmd = "
            "\"a\\x%02xb\\x%02x\"; environment = { A = \"\\x%02x\"; }; } );",
            (unsigned)byte, (unsigned)byte, (unsigned)byte);

        go_round((size_t)byte, text);
        free(text);
    }
}
END_TEST

START_TEST(ten_thousand_bytes_are_read_back_the_same)
{
    char long_text[10001], *text;

    memset(long_text, ';', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    text = text_format("workers = ( { app = \"%s\"; extra_args = \"%s\"; } "
        ");", long_text, long_text);
    go_round(0, text);
    free(text);
}
END_TEST

START_TEST(the_text_of_a_worker_is_a_configuration_with_one_worker)
{
    struct workers workers = {0};
    char *text;

    resolve_text("workers = ( { queue = \"v,i\"; app = \"a\\\"b\"; } );",
        "n1", &workers, &problem);
    no_problem(0, &problem);
    text = worker_to_text(&workers.worker[0]);
    ck_assert(text_starts(text, "workers = (\n  {\n    name = \"v,i\";\n"
        "    queue = ( \"v\", \"i\" );\n    instances = \"1\";\n"
        "    app = \"a\\\"b\";\n"));
    ck_assert(text_ends(text, ";\n  }\n);\n"));
    ck_assert_ptr_null(strstr(text, "hosts"));
    free(text);
    workers_clear(&workers);
}
END_TEST

UNIT_TESTS("worker-text",
    a_worker_is_read_back_the_same,
    hostile_values_are_read_back_the_same,
    bytes_that_are_no_utf8_are_read_back_the_same,
    ten_thousand_bytes_are_read_back_the_same,
    the_text_of_a_worker_is_a_configuration_with_one_worker)
