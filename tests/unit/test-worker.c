/* test-worker.c - layers resolve into workers, each with its own names. */
#include "unit-help.h"

static struct workers workers;
static struct problem problem;

/* "NAME SESSION NODENAME CONCURRENCY" of each worker, one a line. */
static char *
summary(void)
{
    char *text = text_copy("");

    for (size_t i = 0; i < workers.count; i++) {
        const struct worker *worker = &workers.worker[i];
        const char *number = layer_text(&worker->layer, SETTING_CONCURRENCY);

        text_append(&text, "%s%s %s %s %s", i ? "\n" : "", worker->name,
            worker->session, layer_text(&worker->layer, SETTING_HOSTNAME),
            number ? number : "-");
    }
    return text;
}

START_TEST(workers_resolve_for_a_node)
{
    static const struct {
        const char *text, *node, *desired;
    } rows[] = {
        { "", "n1", "celery celery-celery celery@%h -" },
        { "workers = ();", "n1", "celery celery-celery celery@%h -" },
        { "defaults = { queue = \"q\"; concurrency = 3; };", "n1",
          "q celery-q q@%h 3" },
        { "workers = ( { queue = \"video,image\"; } );", "n1",
          "video,image celery-video,image video_image@%h -" },
        { "workers = ( { queue = ( \"video\", \"image\" ); } );", "n1",
          "video,image celery-video,image video_image@%h -" },
        { "workers = ( { queue = (); } );", "n1",
          "celery celery-celery celery@%h -" },
        { "workers = ( { queue = \"a.b:c#d\"; } );", "n1",
          "a.b:c#d celery-a_b_c_d a.b:c#d@%h -" },
        { "workers = ( { name = \"gpu\"; queue = \"q\"; } );", "n1",
          "gpu celery-q gpu@%h -" },
        { "workers = ( { name = \"gpu\"; session = \"a.b\"; hostname = "
          "\"x@y\"; } );", "n1", "gpu a_b x@y -" },
        { "workers = ( { queue = \"q\"; instances = 3; } );", "n1",
          "q celery-q q@%h -\nq+2 celery-q+2 q+2@%h -\n"
          "q+3 celery-q+3 q+3@%h -" },
        { "workers = ( { session = \"s\"; hostname = \"x@y\"; instances = 2; "
          "} );", "n1", "celery s x@y -\ncelery+2 s+2 x+2@y -" },
        /* Order is the configuration's. */
        { "workers = ( { queue = \"b\"; }, { queue = \"a\"; } );", "n1",
          "b celery-b b@%h -\na celery-a a@%h -" },
        /* hosts: by the full name or the part before the first dot. */
        { "workers = ( { queue = \"a\"; hosts = \"n[1-2]\"; }, { queue = "
          "\"b\"; hosts = \"n3\"; } );", "n2", "a celery-a a@%h -" },
        { "workers = ( { queue = \"a\"; hosts = \"n[1-2]\"; } );",
          "n2.cluster.org", "a celery-a a@%h -" },
        { "workers = ( { queue = \"a\"; hosts = \"n[1-2],-n2\"; } );", "n2",
          "" },
        { "workers = ( { queue = \"a\"; hosts = \"n2.cluster.org\"; } );",
          "n2", "" },
        { "workers = ( { queue = \"a\"; hosts = \"10\"; } );", "10.0.0.1",
          "" },
        { "workers = ( { queue = \"a\"; hosts = \"\"; } );", "n9",
          "a celery-a a@%h -" },
        /* nodes: in their order, for every worker or for one. */
        { "defaults = { concurrency = 1; }; nodes = ( { hosts = \"n[1-4]\"; "
          "concurrency = 2; }, { hosts = \"n2\"; concurrency = 3; } );",
          "n2", "celery celery-celery celery@%h 3" },
        { "defaults = { concurrency = 1; }; nodes = ( { hosts = \"n2\"; "
          "concurrency = 3; }, { hosts = \"n[1-4]\"; concurrency = 2; } );",
          "n2", "celery celery-celery celery@%h 2" },
        { "workers = ( { concurrency = 1; } ); nodes = ( { hosts = \"n2\"; "
          "concurrency = 3; } );", "n1",
          "celery celery-celery celery@%h 1" },
        { "workers = ( { concurrency = 1; } ); nodes = ( { hosts = \"n2\"; "
          "concurrency = \"\"; } );", "n2",
          "celery celery-celery celery@%h -" },
        { "workers = ( { queue = \"a\"; }, { queue = \"b\"; } ); nodes = ( { "
          "hosts = \"n1\"; worker = \"b\"; concurrency = 7; } );", "n1",
          "a celery-a a@%h -\nb celery-b b@%h 7" },
        { "workers = ( { queue = \"b\"; instances = 2; } ); nodes = ( { "
          "hosts = \"n1\"; worker = \"b\"; concurrency = 7; } );", "n1",
          "b celery-b b@%h 7\nb+2 celery-b+2 b+2@%h 7" },
        { "nodes = ( { hosts = \"n1\"; instances = 2; } ); workers = ( { "
          "queue = \"b\"; } );", "n1",
          "b celery-b b@%h -\nb+2 celery-b+2 b+2@%h -" },
        { "defaults = { queue = \"video\"; }; nodes = ( { hosts = \"n1\"; "
          "worker = \"video\"; concurrency = 7; } );", "n1",
          "video celery-video video@%h 7" },
        /* The hosts of an entry of nodes are not the worker's. */
        { "workers = ( { queue = \"b\"; hosts = \"n1\"; } ); nodes = ( { "
          "hosts = \"n2\"; nice = 1; } );", "n2", "" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text;

        resolve_text(rows[i].text, rows[i].node, &workers, &problem);
        no_problem(i, &problem);
        text = summary();
        same_text(i, text, rows[i].desired);
        free(text);
        workers_clear(&workers);
    }
}
END_TEST

/* Further entries know the worker by the name that it was configured with. */
START_TEST(an_entry_of_nodes_may_rename_a_worker)
{
    char *text;

    resolve_text("workers = ( { name = \"a\"; } ); nodes = ("
        "{ hosts = \"n1\"; worker = \"a\"; name = \"something longer\"; },"
        "{ hosts = \"n1\"; worker = \"a\"; concurrency = 2; } );", "n1",
        &workers, &problem);
    no_problem(0, &problem);
    text = summary();
    ck_assert_str_eq(text, "something longer celery-celery "
        "something_longer@%h 2");
    free(text);
    workers_clear(&workers);
}
END_TEST

START_TEST(workers_that_would_collide_are_refused)
{
    static const char long_name[] = "0123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789012345678901234567890123456"
        "7890123456789012345678901234567890123456789012345678901234567890123"
        "456789012345678901";
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        { "workers = ( { queue = \"a\"; },\n{ queue = \"a\"; } );",
          "c:2: there is already a worker a; set name and session "
          "for this one, or use instances for several alike" },
        { "workers = ( { name = \"x\"; queue = \"a\"; },\n{ name = \"y\";\n"
          "queue = \"a\"; } );", "c:3: workers x and y would have the same "
          "session celery-a; set session for one of them" },
        { "workers = ( { queue = \"a.b\"; }, { queue = \"a:b\"; } );",
          "c:1: workers a.b and a:b would have the same session celery-a_b; "
          "set session for one of them" },
        { "workers = ( { queue = \"a\"; instances = 2; },\n { queue = "
          "\"a+2\"; } );", "c:2: there is already a worker a+2; set name "
          "and session for this one, or use instances for several alike" },
        { "workers = ( { queue = \"a\"; hostname = \"w@x\"; }, { queue = "
          "\"b\";\nhostname = \"w@x\"; } );", "c:2: workers a and b would "
          "have the same Celery node name w@x; set hostname for one of "
          "them" },
        { "nodes = ( { hosts = \"n1\"; worker = \"gpu\"; } );", "c:1: there "
          "is no worker gpu; name a worker" },
        { "workers = ( { queue = \"%s\"; instances = 2; } );", "c:1: the "
          "session of worker 0123456789012345678901234567890123456789... "
          "would have a name of 201 bytes, more than 200; set session to a "
          "shorter one" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *hole = strstr(rows[i].text, "%s");
        char *text = hole ? text_format("%.*s%s%s", (int)(hole
            - rows[i].text), rows[i].text, long_name, hole + 2)
            : text_copy(rows[i].text);

        ck_assert_msg(!resolve_text(text, "n1", &workers, &problem),
            "row %zu: resolved", i);
        same_problem(i, &problem, STATUS_CONFIG, rows[i].sentence);
        workers_clear(&workers);
        free(text);
    }
}
END_TEST

START_TEST(workers_on_different_nodes_do_not_collide)
{
    resolve_text("workers = ( { queue = \"a\"; hosts = \"n1\"; }, { queue = "
        "\"a\"; hosts = \"n2\"; } );", "n2", &workers, &problem);
    no_problem(0, &problem);
    ck_assert_uint_eq(workers.count, 1);
    workers_clear(&workers);
}
END_TEST

START_TEST(a_home_stands_for_a_tilde_in_paths_alone)
{
    static const struct {
        const char *text;
        enum setting_id id;
        const char *desired;
    } rows[] = {
        { "worker_dir = \"~\"", SETTING_WORKER_DIR, "/home/u" },
        { "worker_dir = \"~/code\"", SETTING_WORKER_DIR, "/home/u/code" },
        { "virtualenv = \"~/venv\"", SETTING_VIRTUALENV, "/home/u/venv" },
        { "virtualenv = \"a~/venv\"", SETTING_VIRTUALENV, "'a~/venv'" },
        { "ld_library_paths = \"~/a:/b:~\"", SETTING_LD_LIBRARY_PATHS,
          "/home/u/a /b /home/u" },
        { "app = \"~/x\"", SETTING_APP, "'~/x'" },
        { "worker_setup_cmd = \"~/x\"", SETTING_WORKER_SETUP_CMD, "'~/x'" },
        { "nice = 1", SETTING_STATE_DIR, "/home/u/.local/state/celery-tmux" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = text_format("defaults = { %s; };", rows[i].text);

        resolve_text(text, "n1", &workers, &problem);
        no_problem(i, &problem);
        same_line(i, &workers.worker[0].layer.value[rows[i].id],
            rows[i].desired);
        workers_clear(&workers);
        free(text);
    }
}
END_TEST

START_TEST(an_empty_environment_undoes_what_came_before)
{
    static const struct {
        const char *worker, *first, *second, *desired;
    } rows[] = {
        { "", "", "", "A=1 B=2" },
        { "environment = \"\";", "", "", "" },
        { "environment = { B = \"3\"; };", "", "", "A=1 B=3" },
        { "environment = { C = \"3\"; };", "environment = \"\";", "", "" },
        { "", "environment = \"\";", "environment = { C = \"3\"; };",
          "C=3" },
        { "", "environment = { C = \"3\"; };", "environment = \"\";", "" },
        /* This says nothing, so it undoes nothing. */
        { "", "environment = {};", "", "A=1 B=2" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = text_format("defaults = { environment = { A = \"1\"; B = "
            "\"2\"; }; }; workers = ( { instances = 2; %s } ); nodes = ( { "
            "hosts = \"n1\"; %s }, { hosts = \"n1\"; %s } );",
            rows[i].worker, rows[i].first, rows[i].second);

        resolve_text(text, "n1", &workers, &problem);
        no_problem(i, &problem);
        for (size_t j = 0; j < 2; j++)
            same_line(i, &workers.worker[j].layer.value[SETTING_ENVIRONMENT],
                rows[i].desired);
        workers_clear(&workers);
        free(text);
    }
}
END_TEST

START_TEST(a_home_may_make_a_path_too_long)
{
    static const struct {
        const char *key;
        int length, limit;
    } rows[] = {
        { "tmux_socket", 107, 107 },
        { "worker_dir", 4095, 4095 },
        { "env_file", 4095, 4095 },
        { "ld_library_paths", 4095, 4095 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int more = 0; more < 2; more++) {
            /* "/home/u" takes the place of "~". */
            int left = rows[i].length - 7 + more;
            char *text = text_copy(""), *sentence;

            for (int j = 0; j < left; j++)
                text_append(&text, "%c", j % 200 ? 'x' : '/');
            sentence = text_format("\nworkers = ( { queue = \"q\"; %s = "
                "\"~%s\"; } );", rows[i].key, text);
            free(text);
            resolve_text(sentence, "n1", &workers, &problem);
            free(sentence);
            if (more == 0) {
                no_problem(i, &problem);
                workers_clear(&workers);
                continue;
            }
            sentence = text_format("c:2: %s of worker q would have %d bytes "
                "below the home directory /home/u; write a path of at most "
                "%d", rows[i].key, rows[i].length + 1, rows[i].limit);
            same_problem(i, &problem, STATUS_CONFIG, sentence);
            free(sentence);
        }
}
END_TEST

START_TEST(the_command_line_is_the_topmost_layer)
{
    struct configuration config = {0};
    struct layer options = {0};
    struct node node = test_node("n1");
    struct words written = {0};

    words_add(&written, "9");
    ck_assert(configuration_read_text(&config, "c", "workers = ( { queue = "
        "\"a\"; concurrency = 1; }, { queue = \"b\"; } ); nodes = ( { hosts "
        "= \"n1\"; concurrency = 2; } );", &problem));
    ck_assert(layer_set(&options, SETTING_CONCURRENCY, &written,
        "--concurrency", STATUS_USAGE, true, &problem));
    ck_assert(workers_resolve(&config, &options, &node, &workers, &problem));
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(layer_number(&workers.worker[i].layer,
            SETTING_CONCURRENCY), 9);
    /* A queue that nobody configured is made of the defaults. */
    ck_assert(workers_add_queue(&config, &options, &node, "x,y", &workers,
        &problem));
    ck_assert_str_eq(workers.worker[2].session, "celery-x,y");
    ck_assert(!workers_add_queue(&config, &options, &node, "", &workers,
        &problem));
    same_problem(0, &problem, STATUS_USAGE, "--queue is empty; name the "
        "queue of a worker");
    words_clear(&written);
    layer_clear(&options);
    configuration_clear(&config);
    workers_clear(&workers);
}
END_TEST

UNIT_TESTS("worker",
    workers_resolve_for_a_node,
    an_entry_of_nodes_may_rename_a_worker,
    workers_that_would_collide_are_refused,
    workers_on_different_nodes_do_not_collide,
    a_home_stands_for_a_tilde_in_paths_alone,
    an_empty_environment_undoes_what_came_before,
    a_home_may_make_a_path_too_long,
    the_command_line_is_the_topmost_layer)
