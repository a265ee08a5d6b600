/* test-config.c - a configuration file becomes layers, or sentences. */
#include "unit-help.h"

#include "config/config.h"

static struct configuration config;
static struct problem problem;

static bool
read_text(const char *text)
{
    return configuration_read_text(&config, "f", text, &problem);
}

START_TEST(a_configuration_becomes_layers)
{
    ck_assert_msg(read_text("# a comment\n"
        "defaults = { app = \"a\"; beat = true; };\n"
        "workers = (\n"
        "  { queue = \"q\"; },\n"
        "  { name = \"gpu\"; queue = [ \"v\", \"i\" ];\n"
        "    concurrency = 2; }\n"
        ");\n"
        "nodes = ( { hosts = \"n[1-2]\"; concurrency = \"50%\"; },\n"
        "  { hosts = \"n1\"; worker = \"gpu\"; nice = -5; } );\n"),
        "%s", problem.text);
    ck_assert_str_eq(config.file, "f");
    ck_assert_str_eq(layer_text(&config.defaults, SETTING_APP), "a");
    ck_assert_str_eq(config.defaults.place[SETTING_BEAT], "f:2");
    ck_assert_uint_eq(config.worker_count, 2);
    ck_assert_str_eq(config.workers[0].place, "f:4");
    ck_assert_str_eq(config.workers[1].place, "f:5");
    ck_assert_str_eq(config.workers[1].layer.place[SETTING_CONCURRENCY],
        "f:6");
    same_line(0, &config.workers[1].layer.value[SETTING_QUEUE], "v i");
    ck_assert_uint_eq(config.node_count, 2);
    ck_assert_ptr_null(config.nodes[0].worker);
    ck_assert_str_eq(config.nodes[1].worker, "gpu");
    ck_assert_int_eq(layer_number(&config.nodes[1].layer, SETTING_NICE), -5);
    configuration_clear(&config);
    ck_assert_ptr_null(config.file);
}
END_TEST

START_TEST(every_way_to_write_a_value_is_taken)
{
    static const struct {
        const char *written;
        enum setting_id id;
        const char *desired;
    } rows[] = {
        { "beat = true", SETTING_BEAT, "true" },
        { "beat = FALSE", SETTING_BEAT, "false" },
        { "beat = \"yes\"", SETTING_BEAT, "true" },
        { "beat = 1", SETTING_BEAT, "true" },
        { "beat : on_is_no_word", SETTING_COUNT, NULL },
        { "nice = -5", SETTING_NICE, "-5" },
        { "nice = \"-5\"", SETTING_NICE, "-5" },
        { "nice = 5L", SETTING_NICE, "5" },
        { "nice = 0x0f", SETTING_NICE, "15" },
        { "max_memory_per_child = 99999999999L",
          SETTING_MAX_MEMORY_PER_CHILD, "99999999999" },
        { "maxtasksperchild = 10", SETTING_MAX_TASKS_PER_CHILD, "10" },
        { "time_limit = 1.50", SETTING_TIME_LIMIT, "1.5" },
        { "time_limit = 90", SETTING_TIME_LIMIT, "90" },
        { "time_limit = 1e3", SETTING_TIME_LIMIT, "1000" },
        { "concurrency = 4", SETTING_CONCURRENCY, "4" },
        { "concurrency = \"all-1\"", SETTING_CONCURRENCY, "all-1" },
        { "umask = \"077\"", SETTING_UMASK, "077" },
        { "app = \"\"", SETTING_APP, "''" },
        { "app = \"a\" \"b\"", SETTING_APP, "ab" },
        { "app = \"\\\"\\\\x\"", SETTING_APP, "'\"\\x'" },
        { "app = 5", SETTING_APP, "5" },
        { "app = [ \"a\" ]", SETTING_APP, "a" },
        { "queue = \"a,b\"", SETTING_QUEUE, "a b" },
        { "queue = ( \"a\", \"b\" )", SETTING_QUEUE, "a b" },
        { "queue = [ \"a\" ]", SETTING_QUEUE, "a" },
        { "extra_args = ( \"--x\", 5, true )", SETTING_EXTRA_ARGS,
          "--x 5 true" },
        { "extra_args = ()", SETTING_EXTRA_ARGS, "" },
        { "ld_library_path = \"/a:/b\"", SETTING_LD_LIBRARY_PATHS, "/a /b" },
        { "environment = { A = \"x y\"; B = 5; C = true; }",
          SETTING_ENVIRONMENT, "'A=x y' B=5 C=true" },
        { "environment = ( \"A=1\", \"_B=\" )", SETTING_ENVIRONMENT,
          "A=1 _B=" },
        { "environment = [ \"A=1\" ]", SETTING_ENVIRONMENT, "A=1" },
        { "environment = \"A=1,2\"", SETTING_ENVIRONMENT, "A=1,2" },
        { "environment = {}", SETTING_ENVIRONMENT, "" },
        { "worker-dir = \"/x\"", SETTING_WORKER_DIR, "/x" },
        { "worker_setup_cmd = \"a\\nb\\x0ac\"", SETTING_WORKER_SETUP_CMD,
          "'a\nb\nc'" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = text_format("workers = ( { %s; } );", rows[i].written);
        bool good = read_text(text);

        ck_assert_msg(good == (rows[i].desired != NULL), "row %zu: %s", i,
            problem.text);
        if (good)
            same_line(i, &config.workers[0].layer.value[rows[i].id],
                rows[i].desired);
        problem_clear(&problem);
        configuration_clear(&config);
        free(text);
    }
}
END_TEST

#define MISPLACED "is a group or list instead of a value; "
#define SYNTAX "syntax error; look for a missing ; or quote, or a comma " \
    "before a closing parenthesis, on this line and the one above"
#define NAME_IT "which names no variable; write NAME=TEXT, the name of " \
    "letters, digits and _"

START_TEST(every_mistake_has_its_file_and_line)
{
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        { "workers = ( {\n\n\n  quque = \"x\"; } );", "f:4: there is no "
          "setting quque; did you mean queue?" },
        { "workers = ( { xyzzyxyzzy = 1; } );", "f:1: there is no setting "
          "xyzzyxyzzy; celery-tmux-launch settings lists them" },
        { "defaults = {\n nice = 20; };", "f:2: nice is \"20\"; write a "
          "whole number from -20 to 19" },
        { "defaults = {\n\n nice = 1.5; };", "f:3: nice is \"1.5\"; write a "
          "whole number from -20 to 19" },
        { "defaults = { beat = 2; };", "f:1: beat is \"2\"; write true or "
          "false" },
        { "defaults = { app = { a = 1; }; };", "f:1: app " MISPLACED
          "write one value" },
        { "defaults = { queue = { a = 1; }; };", "f:1: queue "
          MISPLACED "write [ \"TEXT\", ... ]" },
        { "defaults = { extra_args = ( \"a\", ( \"b\" ) ); };", "f:1: "
          "extra_args " MISPLACED "write [ \"TEXT\", ... ]" },
        { "defaults = { environment = { A = { B = 1; }; }; };", "f:1: "
          "environment " MISPLACED "write { NAME = \"TEXT\"; ... }" },
        { "defaults = { environment = 5; };", "f:1: environment has \"...\", "
          NAME_IT },
        { "defaults = { environment = { A-B = 1; }; };", "f:1: environment "
          "has \"A-B\", " NAME_IT },
        { "defaults = { app = ( \"a\", \"b\" ); };", "f:1: app is a list; "
          "write one value" },
        { "defaults = { app = (); };", "f:1: app is a list; write one "
          "value" },
        { "defaults = { app = \"a\";\n app = \"b\"; };", "f:2: this "
          "key is in its group twice; write it once" },
        { "workers = ( { queue = \"a\";\n queues = \"b\"; } );", "f:2: queue "
          "is already set at f:1; write it once" },
        { "workers = ( { detach = true; } );", "f:1: detach cannot be "
          "set: it would leave tmux; the session is already in the "
          "background" },
        { "workers = ( { hosts = \"^file\"; } );", "f:1: host list: \"^file\" "
          "at character 1 is not for a configuration, which holds neither "
          "^FILE nor /REGEX/; write names and ranges" },
        { "workers = ( { queue = \"a\" } );\nx", "f:2: " SYNTAX },
        { "workers = ( { queue = \"a\"; }, );",
          "f:1: there is a comma before this ); remove it" },
        { "workers = ( { queue = \"a; } );", "f ends inside a string; close "
          "it" },
        { "queue = \"a\";", "f:1: queue is outside of any group; move it "
          "into defaults = { ... } or a worker" },
        { "\nworker = ( );", "f:2: worker is not part of a "
          "configuration; its parts are defaults, workers and nodes" },
        { "defaults = ( );", "f:1: defaults is not a group; write defaults = "
          "{ ... };" },
        { "defaults = 5;", "f:1: defaults is not a group; write defaults = "
          "{ ... };" },
        { "workers = { };", "f:1: workers is not a list; write workers = ( "
          "{ ... }, { ... } );" },
        { "workers = [ ];", "f:1: workers is not a list; write workers = ( "
          "{ ... }, { ... } );" },
        { "nodes = \"n1\";", "f:1: nodes is not a list; write nodes = ( "
          "{ ... }, { ... } );" },
        { "workers = (\n{ },\n\"x\" );", "f:3: this is not a group; write "
          "{ KEY = VALUE; ... }" },
        { "nodes = ( ( ) );", "f:1: this is not a group; write { KEY = VALUE; "
          "... }" },
        { "nodes = (\n{ nice = 1; } );", "f:2: this entry of nodes has no "
          "hosts; add them" },
        { "nodes = (\n{ hosts = \"\"; } );", "f:2: this entry of nodes has no "
          "hosts; add them" },
        { "nodes = ( { hosts = \"a\";\n worker = 5; } );", "f:2: worker is "
          "not text; write the name of a worker" },
        { "nodes = ( { hosts = \"a\";\n worker = ( \"b\" ); } );", "f:2: "
          "worker is not text; write the name of a worker" },
        { "workers = ( { worker = \"x\"; } );", "f:1: there is no setting "
          "worker; did you mean broker?" },
        { "defaults = {\n name = \"x\"; };", "f:2: name belongs to one "
          "worker; move it from defaults to that worker" },
        { "defaults = {\n hosts = \"x\"; };", "f:2: hosts belongs to one "
          "worker; move it from defaults to that worker" },
        { "defaults = { session = \"x\"; };", "f:1: session belongs to one "
          "worker; move it from defaults to that worker" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ck_assert_msg(!read_text(rows[i].text), "row %zu: taken", i);
        same_problem(i, &problem, STATUS_CONFIG, rows[i].sentence);
        configuration_clear(&config);
    }
}
END_TEST

START_TEST(all_mistakes_are_reported_at_once)
{
    ck_assert(!read_text("defaults = { ap = \"x\";\n nice = 99; };\n"
        "workers = ( { beat = \"maybe\"; },\n 5,\n { uid = 0; } );\n"
        "nodes = ( { concurrency = 0; } );\n"
        "worker = 1;\n"));
    same_problem(0, &problem, STATUS_CONFIG,
        "f:1: there is no setting ap; did you mean app?\n"
        "f:2: nice is \"99\"; write a whole number from -20 to 19\n"
        "f:3: beat is \"maybe\"; write true or false\n"
        "f:4: this is not a group; write { KEY = VALUE; ... }\n"
        "f:5: uid cannot be set: write user = \"NAME\"\n"
        "f:6: concurrency is \"0\"; write a number from 1 to 100000, a share "
        "such as \"50%\", or \"all-2\"\n"
        "f:6: this entry of nodes has no hosts; add them\n"
        "f:7: worker is not part of a configuration; its parts are defaults, "
        "workers and nodes");
    configuration_clear(&config);
}
END_TEST

START_TEST(a_mistake_in_an_included_file_has_that_files_line)
{
    char *base = scratch_make(), *desired;
    char *main_file = scratch_file(base, "c", "workers = (\n"
        "@include \"w\"\n, { nice = 20; } );\n", 0644);
    struct source source = {0};

    free(scratch_file(base, "w", "\n{ beat = 5; }\n", 0644));
    ck_assert(source_read(&source, main_file, &problem));
    ck_assert(!configuration_read_source(&config, main_file, &source,
        &problem));
    desired = text_format("%s/w:2: beat is \"5\"; write true or false\n"
        "%s:3: nice is \"20\"; write a whole number from -20 to 19", base,
        main_file);
    same_problem(0, &problem, STATUS_CONFIG, desired);
    configuration_clear(&config);
    source_clear(&source);
    free(desired);
    free(main_file);
    scratch_remove(base);
}
END_TEST

START_TEST(hostile_texts_arrive_as_they_are_written)
{
    static const char *const texts[] = {
        "a b", "it's", "a;b;", "#(touch x)", "#{pane_pid}", "$(x)", "`x`",
        "100%", "--flag", "s\xc3\xa9lery", "\xff\xfe", "@include",
        "99999999999", "_X = 1", "/* */", "// x", "# x", "%s%n",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char *text = text_format("defaults = { app = \"%s\"; };", texts[i]);

        read_text(text);
        no_problem(i, &problem);
        same_text(i, layer_text(&config.defaults, SETTING_APP), texts[i]);
        configuration_clear(&config);
        free(text);
    }
}
END_TEST

START_TEST(the_file_is_the_first_that_is_named_or_exists)
{
    char *base = scratch_make(), *home = text_format("%s/home", base);
    static const struct {
        const char *file, *variable, *xdg, *desired;
    } rows[] = {
        { "/x", "/y", "base", "/x" },
        { "-", "/y", NULL, "-" },
        { NULL, "/y", "base", "/y" },
        { NULL, "", NULL, "home/.config/celery-tmux/celery-tmux.conf" },
        { NULL, NULL, "base", "celery-tmux/celery-tmux.conf" },
        { NULL, NULL, "relative",
          "home/.config/celery-tmux/celery-tmux.conf" },
    };

    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = { "home", "home/.config",
            "home/.config/celery-tmux", "celery-tmux" };
        char *path = text_format("%s/%s", base, names[i]);

        ck_assert_int_eq(mkdir(path, 0755), 0);
        free(path);
    }
    free(scratch_file(base, "home/.config/celery-tmux/celery-tmux.conf", "",
        0644));
    free(scratch_file(base, "celery-tmux/celery-tmux.conf", "", 0644));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool absolute = strchr("/-", *rows[i].desired) != NULL;
        char *desired = absolute ? text_copy(rows[i].desired)
            : text_format("%s/%s", base, rows[i].desired);
        char *found;

        unsetenv("CELERY_TMUX_CONFIG");
        unsetenv("XDG_CONFIG_HOME");
        if (rows[i].variable)
            setenv("CELERY_TMUX_CONFIG", rows[i].variable, 1);
        if (rows[i].xdg)
            setenv("XDG_CONFIG_HOME", strcmp(rows[i].xdg, "base") == 0 ? base
                : rows[i].xdg, 1);
        found = configuration_find(rows[i].file, home);
        same_text(i, found, desired);
        free(found);
        free(desired);
    }
    free(home);
    scratch_remove(base);
}
END_TEST

UNIT_TESTS("config",
    a_configuration_becomes_layers,
    every_way_to_write_a_value_is_taken,
    every_mistake_has_its_file_and_line,
    all_mistakes_are_reported_at_once,
    a_mistake_in_an_included_file_has_that_files_line,
    hostile_texts_arrive_as_they_are_written,
    the_file_is_the_first_that_is_named_or_exists)
