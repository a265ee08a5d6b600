/* test-cause.c - what Celery prints on its way out is understood. */
#include "unit-help.h"

#include "probe/cause.h"

START_TEST(why_a_probe_ended_is_read_from_what_it_printed)
{
    static const struct {
        struct probe probe;
        enum cause_kind cause;
        const char *text;
    } rows[] = {
        { { .printed = (char *)"noise\n", .executed = true, .complete = true },
          CAUSE_NONE, "noise" },
        { { .printed = (char *)"celery-tmux-launch: cannot set nofile to 9: No\n" },
          CAUSE_LIMITS, "cannot set nofile to 9: No" },
        { { .printed = (char *)"one\n two \n\n" }, CAUSE_SETUP, "two" },
        { { .printed = (char *)"" }, CAUSE_SETUP, "" },
        { { .printed = (char *)"waits\n", .late = true }, CAUSE_SETUP, "waits" },
        { { .printed = (char *)"waits\n", .late = true, .executed = true },
          CAUSE_LATE, "waits" },
        { { .printed = (char *)"waits\n", .late = true, .executed = true,
            .findings = (char *)"version 5\nbroker amqp://h//\n" },
          CAUSE_NONE, "waits" },
        { { .printed = (char *)"up\n", .late = true, .ready = true,
            .executed = true }, CAUSE_OTHER_WORKER, "up" },
        /* What it was ended by in the end does not matter. */
        { { .printed = (char *)"Task tasks.add[1] received\n\nworker: Warm "
            "shutdown (MainProcess)\n", .late = true, .executed = true,
            .result = 137 }, CAUSE_OTHER_WORKER,
          "worker: Warm shutdown (MainProcess)" },
        { { .printed = (char *)"setup\ncelery-tmux-launch: cannot run c: No such "
            "file or directory; install it or correct PATH\n",
            .executed = true }, CAUSE_COMMAND,
          "cannot run c: No such file or directory" },
        { { .printed = (char *)"/usr/bin/python3: No module named celery\n",
            .executed = true }, CAUSE_COMMAND,
          "/usr/bin/python3: No module named celery" },
        { { .printed = (char *)"ModuleNotFoundError: No module named 'celery'\n",
            .executed = true }, CAUSE_COMMAND,
          "ModuleNotFoundError: No module named 'celery'" },
        { { .printed = (char *)"ModuleNotFoundError: No module named "
            "'celery_tmux'\n", .executed = true }, CAUSE_MODULE,
          "ModuleNotFoundError: No module named 'celery_tmux'" },
        { { .printed = (char *)"Usage: celery [OPTIONS] COMMAND [ARGS]...\n\n"
            "Error: Invalid value for '-A' / '--app': \n"
            "Unable to load celery application.\n"
            "The module nowhere was not found.\n", .executed = true },
          CAUSE_APP, "Invalid value for '-A' / '--app': Unable to load "
          "celery application. The module nowhere was not found" },
        { { .printed = (char *)"Error: Unable to load celery application.\n"
            "Traceback (most recent call last):\n  File x\n"
            "ImportError: no such thing\n", .executed = true },
          CAUSE_APP, "ImportError: no such thing" },
        /* Celery 5.0. */
        { { .printed = (char *)"Usage: celery [OPTIONS] COMMAND [ARGS]...\n\n"
            "Error: Invalid value for '-A' / '--app': No module named "
            "'tasks:nothing'\n", .executed = true },
          CAUSE_APP, "Invalid value for '-A' / '--app': No module named "
          "'tasks:nothing'" },
        { { .printed = (char *)"Traceback (most recent call last):\n"
            "  File \"/usr/lib/utils.py\", line 396, in find_app\n"
            "    sym = symbol_by_name(app, imp=imp)\n"
            "  File \"/home/a/tasks.py\", line 143\n    def (\n        ^\n"
            "SyntaxError: invalid syntax\n", .executed = true },
          CAUSE_APP,
          "SyntaxError: invalid syntax (/home/a/tasks.py, line 143)" },
        /* Where it happened, unless something else was printed since. */
        { { .printed = (char *)"Error: Unable to load celery application.\n"
            "Traceback (most recent call last):\n"
            "  File \"/usr/lib/x.py\", line 9, in import_module\n    go()\n"
            "  File \"/home/a/a b.py\", line 12\n    def (\n        ^\n"
            "SyntaxError: invalid syntax\n\n", .executed = true },
          CAUSE_APP, "SyntaxError: invalid syntax (/home/a/a b.py, line 12)" },
        { { .printed = (char *)"Traceback (most recent call last):\n"
            "  File \"a.py\", line 1, in a\n    b()\nValueError: x\nbye\n",
            .executed = true }, CAUSE_OTHER, "bye" },
        { { .printed = (char *)"  File \"a.py\"\nbye\n", .executed = true },
          CAUSE_OTHER, "bye" },
        { { .printed = (char *)"Traceback:\nModuleNotFoundError: No module named "
            "'eventlet'\n", .executed = true }, CAUSE_IMPORT,
          "ModuleNotFoundError: No module named 'eventlet'" },
        { { .printed = (char *)"Error: No such option: --nonsense\n",
            .executed = true }, CAUSE_OPTION,
          "No such option: --nonsense" },
        { { .printed = (char *)"worker accepts messages serialized with pickle is "
            "a very bad idea!\n", .executed = true }, CAUSE_ROOT,
          "worker accepts messages serialized with pickle is a very bad "
          "idea!" },
        /* A warning that every worker of root's prints. */
        { { .printed = (char *)"You're running the worker with superuser "
            "privileges\nValueError: x\n", .executed = true },
          CAUSE_OTHER, "ValueError: x" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = cause_text(&rows[i].probe);

        ck_assert_msg(cause_of(&rows[i].probe) == rows[i].cause,
            "row %zu: %d", i, (int)cause_of(&rows[i].probe));
        same_text(i, text, rows[i].text);
        free(text);
    }
}
END_TEST

START_TEST(the_unknown_option_is_named)
{
    static const struct {
        char *printed;
        const char *option;
    } rows[] = {
        { (char *)"Error: No such option: --disable-prefetch\n",
          "--disable-prefetch" },
        { (char *)"Error: no such option: --a=b\n", "--a" },
        { (char *)"Error: No such option '--a'. Did you mean --b?\n", "--a" },
        { (char *)"celery: error: unrecognized arguments: --a --b\n", "--a" },
        { (char *)"Error: Missing argument\n", "" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct probe probe = { .printed = rows[i].printed };
        char *option = cause_option(&probe);

        same_text(i, option, rows[i].option);
        free(option);
    }
}
END_TEST

UNIT_TESTS("cause",
    why_a_probe_ended_is_read_from_what_it_printed,
    the_unknown_option_is_named)
