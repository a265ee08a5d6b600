/* test-environment.c - the environment that celery.c builds from nothing. */
#include "unit-help.h"

#include "worker/celery.h"

#define PLAIN "HOME=/home/u USER=u LOGNAME=u SHELL=/bin/sh " \
    "PATH=" CELERY_PATH " LANG=C.UTF-8 TERM=tmux PYTHONPATH=/r/python " \
    "NOTIFY_SOCKET=@n CELERY_TMUX_ID=id CELERY_TMUX_RECORD=/r " \
    "CELERY_TMUX_WATCHDOG=heal SPT_NOENV=1"

static const struct celery_run run = { "id", "/r", "@n", "tmux" };

/* `file`: shell words of env_file, or NULL. */
static void
environment_of(size_t row, const char *said, const char *file,
    const struct celery_run *of_run, struct words *environment)
{
    char *text = text_format("workers = ( { %s; } );", said);
    struct node node = test_node("n1");
    struct workers workers = {0};
    struct problem problem = {0};
    struct words variables = {0};
    const char *reason;

    if (file != NULL)
        ck_assert(words_add_shell(&variables, file, &reason));
    resolve_text(text, "n1", &workers, &problem);
    no_problem(row, &problem);
    celery_environment(&workers.worker[0], &node, file ? &variables : NULL,
        of_run, environment);
    words_clear(&variables);
    workers_clear(&workers);
    free(text);
}

START_TEST(a_plain_worker_has_these_variables)
{
    static const struct celery_run none = {0};
    struct words environment = {0}, desired = {0};

    words_add_parts(&desired, PLAIN, " ");
    setenv("APP", "leaked", 1);
    setenv("CELERY_BROKER_URL", "leaked", 1);
    setenv("CELERY_LOG_LEVEL", "leaked", 1);
    environment_of(0, "nice = 0", NULL, &run, &environment);
    ck_assert_msg(words_equal(&environment, &desired), "%s",
        words_to_shell(&environment));
    words_clear(&environment);
    /* What a run does not have is left out. */
    environment_of(0, "nice = 0", NULL, &none, &environment);
    ck_assert_uint_eq(environment.count, 7);
    same_text(0, environment.word[6], "SPT_NOENV=1");
    words_clear(&environment);
    words_clear(&desired);
}
END_TEST

START_TEST(settings_change_these_variables)
{
    static const struct {
        const char *said, *file, *changed;
    } rows[] = {
        { "nice = 1", NULL, "" },
        { "nice = 1", "", "" },
        /* Secrets, and what the app would say otherwise. */
        { "broker = \"amqp://u:p@h//\"", NULL,
          "CELERY_BROKER_URL=amqp://u:p@h//" },
        { "broker = \"\"", NULL, "" },
        { "broker = \"a\"; environment = { CELERY_BROKER_URL = \"b\"; }",
          NULL, "CELERY_BROKER_URL=a" },
        { "broker = \"a\"", "CELERY_BROKER_URL=b", "CELERY_BROKER_URL=a" },
        { "result_backend = \"file:///x y\"", NULL,
          "'CELERY_RESULT_BACKEND=file:///x y'" },
        { "result_backend = \"a\"; environment = { CELERY_RESULT_BACKEND = "
          "\"b\"; }", NULL, "CELERY_RESULT_BACKEND=a" },
        /* environment, above env_file, below ours. */
        { "environment = { A = \"1\"; B = \"x y\"; }", NULL, "A=1 'B=x y'" },
        { "environment = ( \"_A=1\", \"B=\" )", NULL, "_A=1 B=" },
        { "environment = ( \"A=1\", \"A=2\" )", NULL, "A=2" },
        { "environment = \"A=b=c\"", NULL, "A=b=c" },
        { "environment = \"A=#(x) $(y) `z` ; %h\"", NULL,
          "'A=#(x) $(y) `z` ; %h'" },
        { "environment = \"A=\xff\"", NULL, "'A=\xff'" },
        { "environment = \"A=1\"", "A=2 B=3", "A=1 B=3" },
        { "nice = 1", "A=1 A=2", "A=2" },
        { "nice = 1", "HOME=/x TERM=dumb LANG=C", "HOME=/x LANG=C TERM=dumb" },
        { "environment = { LANG = \"de_DE.UTF-8\"; }", NULL,
          "LANG=de_DE.UTF-8" },
        { "environment = { USER = \"x\"; SHELL = \"/bin/zsh\"; }", NULL,
          "USER=x SHELL=/bin/zsh" },
        { "environment = { NOTIFY_SOCKET = \"x\"; CELERY_TMUX_ID = \"x\"; "
          "CELERY_TMUX_RECORD = \"x\"; SPT_NOENV = \"\"; }", NULL, "" },
        { "nice = 1", "NOTIFY_SOCKET=x SPT_NOENV=0", "" },
        /* HOME and HOMER are two variables. */
        { "environment = { HOM = \"a\"; HOMER = \"b\"; }", NULL,
          "HOM=a HOMER=b" },
        /* virtualenv, from worker_dir, before PATH. */
        { "virtualenv = \"/v\"", NULL, "PATH=/v/bin:" CELERY_PATH
          " VIRTUAL_ENV=/v" },
        { "virtualenv = \"~/v\"", NULL, "PATH=/home/u/v/bin:" CELERY_PATH
          " VIRTUAL_ENV=/home/u/v" },
        { "virtualenv = \"v\"", NULL, "PATH=/home/u/v/bin:" CELERY_PATH
          " VIRTUAL_ENV=/home/u/v" },
        { "virtualenv = \"../v\"; worker_dir = \"/code\"", NULL,
          "PATH=/code/../v/bin:" CELERY_PATH " VIRTUAL_ENV=/code/../v" },
        { "virtualenv = \"/v\"; environment = { PATH = \"/bin\"; }", NULL,
          "PATH=/v/bin:/bin VIRTUAL_ENV=/v" },
        { "virtualenv = \"/v\"; environment = { PATH = \"\"; }", NULL,
          "PATH=/v/bin VIRTUAL_ENV=/v" },
        { "virtualenv = \"/v\"", "PATH=/sbin VIRTUAL_ENV=/x",
          "PATH=/v/bin:/sbin VIRTUAL_ENV=/v" },
        { "environment = { PATH = \"/bin\"; }", NULL, "PATH=/bin" },
        /* Libraries and modules. */
        { "ld_library_paths = \"/a\"", NULL, "LD_LIBRARY_PATH=/a" },
        { "ld_library_paths = ( \"/a\", \"~/b\" )", NULL,
          "LD_LIBRARY_PATH=/a:/home/u/b" },
        { "ld_library_path = \"/a:/b\"; environment = { LD_LIBRARY_PATH = "
          "\"/c\"; }", NULL, "LD_LIBRARY_PATH=/a:/b:/c" },
        { "ld_library_paths = \"/a\"", "LD_LIBRARY_PATH=/c",
          "LD_LIBRARY_PATH=/a:/c" },
        { "ld_library_paths = \"/a\"", "LD_LIBRARY_PATH=",
          "LD_LIBRARY_PATH=/a" },
        { "environment = { LD_LIBRARY_PATH = \"/c\"; }", NULL,
          "LD_LIBRARY_PATH=/c" },
        { "environment = { PYTHONPATH = \"/m:/n\"; }", NULL,
          "PYTHONPATH=/r/python:/m:/n" },
        { "watchdog = \"tell\"", NULL, "CELERY_TMUX_WATCHDOG=tell" },
        { "nice = 1", "PYTHONPATH=/m", "PYTHONPATH=/r/python:/m" },
        { "environment = { PYTHONPATH = \"\"; }", NULL, "" },
        /* What has no variable. */
        { "app = \"a\"; umask = \"077\"; user = \"x\"; shell = \"/bin/zsh\"; "
          "tmux_socket = \"/s\"; env_file = \"e\"", NULL, "" },
    };
    struct words plain = {0};

    words_add_parts(&plain, PLAIN, " ");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words environment = {0}, changed = {0};

        environment_of(i, rows[i].said, rows[i].file, &run, &environment);
        for (size_t j = 0; j < environment.count; j++)
            if (!words_contain(&plain, environment.word[j]))
                words_add(&changed, environment.word[j]);
        same_line(i, &changed, rows[i].changed);
        /* All of the plain ones are there still, each variable once. */
        for (size_t j = 0; j < environment.count; j++)
            for (size_t k = 0; k < j; k++)
                ck_assert_msg(strncmp(environment.word[j],
                    environment.word[k], strcspn(environment.word[j], "=")
                    + 1) != 0, "row %zu: %s twice", i, environment.word[j]);
        for (size_t j = 0; j < plain.count; j++) {
            bool found = false;

            for (size_t k = 0; k < environment.count; k++)
                found = found || strncmp(plain.word[j], environment.word[k],
                    strcspn(plain.word[j], "=") + 1) == 0;
            ck_assert_msg(found, "row %zu: no %s", i, plain.word[j]);
        }
        words_clear(&changed);
        words_clear(&environment);
    }
    words_clear(&plain);
}
END_TEST

START_TEST(every_setting_of_a_variable_sets_it)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        struct words environment = {0};
        char *said, *desired;

        if (settings[id].use != USE_VARIABLE)
            continue;
        said = text_format("%s = \"x://y\"", settings[id].key);
        desired = text_format("%s=x://y", settings[id].flag);
        environment_of(id, said, NULL, &run, &environment);
        ck_assert_msg(words_contain(&environment, desired), "%s",
            settings[id].key);
        words_clear(&environment);
        free(desired);
        free(said);
    }
}
END_TEST

UNIT_TESTS("environment",
    a_plain_worker_has_these_variables,
    settings_change_these_variables,
    every_setting_of_a_variable_sets_it)
