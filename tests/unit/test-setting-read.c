/* test-setting-read.c - every type of value: what is taken, what is not. */
#include "unit-help.h"

#include "config/setting.h"

static bool
read_list(enum setting_id id, const char *const *texts, struct words *value,
    struct problem *problem)
{
    struct words written = {0};
    bool good;

    for (; *texts; texts++)
        words_add(&written, *texts);
    good = setting_read(id, &written, "f:7", STATUS_CONFIG, value, problem);
    words_clear(&written);
    return good;
}

START_TEST(a_value_is_taken_in_its_one_way_of_writing)
{
    static const struct {
        enum setting_id id;
        const char *text, *desired;
    } rows[] = {
        { SETTING_APP, "my.app", "my.app" },
        { SETTING_APP, "a b; $(c) `d` \"e\" #{f} %h", NULL },
        { SETTING_APP, "\xff\xfe", "'\xff\xfe'" },
        { SETTING_APP, "-x", "-x" },
        { SETTING_NAME, "s\xc3\xa9lery", "'s\xc3\xa9lery'" },
        { SETTING_NAME, "\xe2\x82\xac\xf0\x9f\x90\x8d",
          "'\xe2\x82\xac\xf0\x9f\x90\x8d'" },
        { SETTING_BROKER, "amqp://u:p@h//", "amqp://u:p@h//" },
        { SETTING_WORKER_DIR, "/", "/" },
        { SETTING_WORKER_DIR, "~", "'~'" },
        { SETTING_WORKER_DIR, "~/a b", "'~/a b'" },
        { SETTING_STATEDB, "var/state", "var/state" },
        { SETTING_STATEDB, "~/state", "'~/state'" },
        { SETTING_INSTANCES, "1", "1" },
        { SETTING_INSTANCES, "016", "16" },
        { SETTING_INSTANCES, "+16", "16" },
        { SETTING_INSTANCES, "1024", "1024" },
        { SETTING_NICE, "-20", "-20" },
        { SETTING_NICE, "-0", "0" },
        { SETTING_NICE, "19", "19" },
        { SETTING_MAX_MEMORY_PER_CHILD, "9223372036854775807",
          "9223372036854775807" },
        { SETTING_MAX_TASKS_PER_CHILD, "2147483647", "2147483647" },
        { SETTING_TIME_LIMIT, "90", "90" },
        { SETTING_TIME_LIMIT, "0.5", "0.5" },
        { SETTING_TIME_LIMIT, "0", "0" },
        { SETTING_TIME_LIMIT, "007", "7" },
        { SETTING_TIME_LIMIT, "7.", "7" },
        { SETTING_TIME_LIMIT, "7.50", "7.5" },
        { SETTING_TIME_LIMIT, "7.00", "7" },
        { SETTING_TIME_LIMIT, "2147483647", "2147483647" },
        { SETTING_TIME_LIMIT, "2147483646.9", "2147483646.9" },
        { SETTING_LOG_KEEP, "0", "0" },
        { SETTING_LOG_KEEP, "0G", "0" },
        { SETTING_LOG_KEEP, "64M", "64M" },
        { SETTING_LOG_KEEP, "64k", "64K" },
        { SETTING_LOG_KEEP, "65536K", "64M" },
        { SETTING_LOG_KEEP, "100001", "100001" },
        { SETTING_LOG_KEEP, "1024G", "1T" },
        { SETTING_GOSSIP, "true", "true" },
        { SETTING_GOSSIP, "Yes", "true" },
        { SETTING_GOSSIP, "ON", "true" },
        { SETTING_GOSSIP, "1", "true" },
        { SETTING_GOSSIP, "False", "false" },
        { SETTING_GOSSIP, "no", "false" },
        { SETTING_GOSSIP, "off", "false" },
        { SETTING_GOSSIP, "0", "false" },
        { SETTING_LOGLEVEL, "WARNING", "warning" },
        { SETTING_LOGLEVEL, "fatal", "fatal" },
        { SETTING_POOL, "Prefork", "prefork" },
        { SETTING_OPTIMIZATION, "fair", "fair" },
        { SETTING_CONCURRENCY, "8", "8" },
        { SETTING_CONCURRENCY, "008", "8" },
        { SETTING_CONCURRENCY, "50%", "50%" },
        { SETTING_CONCURRENCY, "050%", "50%" },
        { SETTING_CONCURRENCY, "100%", "100%" },
        { SETTING_CONCURRENCY, "1%", "1%" },
        { SETTING_CONCURRENCY, "all", "all" },
        { SETTING_CONCURRENCY, "all-02", "all-2" },
        { SETTING_CONCURRENCY, "all-0", "all-0" },
        { SETTING_CONCURRENCY, "100000", "100000" },
        { SETTING_AUTOSCALE, "10,3", "10,3" },
        { SETTING_AUTOSCALE, "10", "10" },
        { SETTING_AUTOSCALE, "010,+3", "10,3" },
        { SETTING_AUTOSCALE, "3,3", "3,3" },
        { SETTING_AUTOSCALE, "3,0", "3,0" },
        { SETTING_UMASK, "022", "022" },
        { SETTING_UMASK, "22", "022" },
        { SETTING_UMASK, "0", "000" },
        { SETTING_UMASK, "0777", "777" },
        { SETTING_WORKER_SETUP_CMD, "a && b\n\tc | d",
          "'a && b\n\tc | d'" },
        { SETTING_CELERY_CMD, "conda run -n 'x y' celery",
          "'conda run -n '\\''x y'\\'' celery'" },
        { SETTING_CELERY_CMD, "env A=1 celery", "'env A=1 celery'" },
        { SETTING_HOSTS, "node[001-004],-node[2-3]",
          "'node[001-004],-node[2-3]'" },
        { SETTING_QUEUE, "video,image", "video image" },
        { SETTING_INCLUDE, "a.b,c", "a.b c" },
        { SETTING_LD_LIBRARY_PATHS, "/a:~/b", "/a '~/b'" },
        { SETTING_EXTRA_ARGS, "--x,y z", "'--x,y z'" },
        { SETTING_ENVIRONMENT, "A_1=b=c d", "'A_1=b=c d'" },
        { SETTING_ENVIRONMENT, "_X=", "_X=" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *texts[] = { rows[i].text, NULL };
        struct problem problem = {0};
        struct words value = {0};

        read_list(rows[i].id, texts, &value, &problem);
        no_problem(i, &problem);
        if (rows[i].desired)
            same_line(i, &value, rows[i].desired);
        else
            same_text(i, value.word[0], rows[i].text);
        words_clear(&value);
    }
}
END_TEST

START_TEST(a_wrong_value_is_refused_with_a_sentence_that_tells_what_to_write)
{
    static const struct {
        enum setting_id id;
        const char *texts[8], *advice;
    } rows[] = {
        { SETTING_APP, { "a\nb", "\t", "\x01", "a\x7f" },
          "it has a control character, such as a line break or a tab; remove "
          "it" },
        { SETTING_NAME, { "\xff", "\xc3", "a\xc0\x80", "\xed\xa0\x80",
            "\xf5\x80\x80\x80", "\xe0\x80\x80", "\xf4\x90\x80\x80" },
          "it is not UTF-8; write it in UTF-8" },
        { SETTING_QUEUE, { "\xff", "a,\xc3,b" },
          "it is not UTF-8; write it in UTF-8" },
        { SETTING_QUEUE, { "a,,b", ",a", "a,", "," },
          "an item of the list is empty; leave it out" },
        { SETTING_EXCLUDE_QUEUES, { "a,", ",,", ",a" },
          "an item of the list is empty; leave it out" },
        { SETTING_LD_LIBRARY_PATHS, { "/a:", ":/a", "/a::/b" },
          "an item of the list is empty; leave it out" },
        { SETTING_SESSION, { "\x80", "a\xe2\x82" },
          "it is not UTF-8; write it in UTF-8" },
        { SETTING_WORKER_DIR, { "code", "./code", "~user", "~user/code",
            " /x", "$HOME" },
          "write a path that begins with / or ~/" },
        { SETTING_INSTANCES, { "0", "1025", "-1", "x", " 1", "1 ", "1.0" },
          "write a whole number from 1 to 1024" },
        { SETTING_INSTANCES, { "99999999999999999999", "18446744073709551617",
            "0x10", "1e2", "\xd9\xa1", "+", "1k" },
          "write a whole number from 1 to 1024" },
        { SETTING_NICE, { "20", "-21" },
          "write a whole number from -20 to 19" },
        { SETTING_MAX_MEMORY_PER_CHILD, { "9223372036854775808", "0" },
          "write a whole number from 1 to 9223372036854775807" },
        { SETTING_TIME_LIMIT, { "-1", ".5", "x", "1,5", "1e3", "1.5.2",
            "inf" },
          "write a number from 0 to 2147483647, as in 90 or 1.5" },
        { SETTING_TIME_LIMIT, { "2147483648", "2147483647.1", "nan",
            "99999999999999999999", ".", "+1", " 1" },
          "write a number from 0 to 2147483647, as in 90 or 1.5" },
        { SETTING_LOG_KEEP, { "1", "65535", "63K", "2T", "1P", "64MB",
            "64 M" },
          "write 0, or a number of bytes from 64K to 1T, as in \"64M\"" },
        { SETTING_LOG_KEEP, { "M", "-1", "1.5G", "9223372036854775807T",
            "99999999999999999999", "0x10000" },
          "write 0, or a number of bytes from 64K to 1T, as in \"64M\"" },
        { SETTING_GOSSIP, { "2", "y", "truely", "ja", " true", "-1", "01" },
          "write true or false" },
        { SETTING_LOGLEVEL, { "loud", "info ", "warn", "1" },
          "write debug, info, warning, error, critical or fatal" },
        { SETTING_OPTIMIZATION, { "unfair" }, "write default or fair" },
        { SETTING_CONCURRENCY, { "0", "-1", "0%", "101%", "50 %", "%",
            "100001" },
          "write a number from 1 to 100000, a share such as \"50%\", or "
          "\"all-2\"" },
        { SETTING_CONCURRENCY, { "all-", "all--2", "all+2", "ALL", "half",
            "99999999999999999999", "all-100001" },
          "write a number from 1 to 100000, a share such as \"50%\", or "
          "\"all-2\"" },
        { SETTING_AUTOSCALE, { "3,10", "0", "0,0", "10,", ",3", "1,1,1",
            "100001,1" },
          "write the largest and the smallest number of processes, as in "
          "\"10,3\"" },
        { SETTING_AUTOSCALE, { "10;3", "10,-1", "x", "10, x",
            "99999999999999999999,1" },
          "write the largest and the smallest number of processes, as in "
          "\"10,3\"" },
        { SETTING_UMASK, { "8", "1000", "rwx", "-1", " 022", "0x12",
            "7777777777777777777777777" },
          "write an octal number from 000 to 777 in quotes, as in \"022\"" },
        { SETTING_CELERY_CMD, { "A=1 celery", "A= celery" },
          "it begins with an assignment; move that to environment" },
        { SETTING_CELERY_CMD, { "cd x && celery", "celery;", "a|b" },
          "it has an operator (| & ; < > parentheses); write one simple "
          "command and put the rest into a script or worker_setup_cmd" },
        { SETTING_CELERY_CMD, { "$HOME/celery", "`which celery`" },
          "it has a substitution ($ or `); write one simple command and put "
          "the rest into a script or worker_setup_cmd" },
        { SETTING_CELERY_CMD, { "a\nb" },
          "it has a control character, such as a line break or a tab; remove "
          "it" },
        { SETTING_CELERY_CMD, { " ", "    ", "''" },
          "it names no command; write one, or leave the setting out" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t j = 0; j < 8 && rows[i].texts[j]; j++) {
            const char *texts[] = { rows[i].texts[j], NULL };
            struct problem problem = {0};
            struct words value = {0};
            char *beginning;

            ck_assert_msg(!read_list(rows[i].id, texts, &value, &problem),
                "row %zu: \"%s\" is taken", i, texts[0]);
            beginning = text_format("f:7: %s is \"", settings[rows[i].id].key);
            ck_assert_msg(text_starts(problem.text, beginning), "row %zu: %s",
                i, problem.text);
            ck_assert_msg(text_ends(problem.text, rows[i].advice)
                && strstr(problem.text, "\"; ") + 3 + strlen(rows[i].advice)
                    == problem.text + strlen(problem.text),
                "row %zu, \"%s\": %s", i, texts[0], problem.text);
            ck_assert_int_eq(problem.status, STATUS_CONFIG);
            ck_assert_uint_eq(value.count, 0);
            free(beginning);
            problem_clear(&problem);
        }
}
END_TEST

START_TEST(a_sentence_shows_the_value_in_one_short_line)
{
    static const struct {
        enum setting_id id;
        const char *text, *sentence;
    } rows[] = {
        { SETTING_APP, "a\nb\x1b[31m", "f:7: app is \"a\\x0ab\\x1b[31m\"; it "
          "has a control character, such as a line break or a tab; remove "
          "it" },
        { SETTING_GOSSIP,
          "0123456789012345678901234567890123456789012345678901234567890123",
          "f:7: gossip is \"012345678901234567890123456789012345678901234567"
          "890123456789...\"; write true or false" },
        { SETTING_GOSSIP, "%s%n", "f:7: gossip is \"%s%n\"; write true or "
          "false" },
        /* Nothing of what may be a secret. */
        { SETTING_BROKER, "amqp://u:SECRET\n@h", "f:7: broker is wrong; it "
          "has a control character, such as a line break or a tab; remove "
          "it" },
        { SETTING_ENVIRONMENT, "1A=SECRET", "f:7: environment has \"1A\", "
          "which names no variable; write NAME=TEXT, the name of letters, "
          "digits and _" },
        { SETTING_ENVIRONMENT, "A-B=SECRET", "f:7: environment has \"A-B\", "
          "which names no variable; write NAME=TEXT, the name of letters, "
          "digits and _" },
        { SETTING_ENVIRONMENT, "=SECRET", "f:7: environment has \"\", which "
          "names no variable; write NAME=TEXT, the name of letters, digits "
          "and _" },
        { SETTING_ENVIRONMENT, "A", "f:7: environment has \"...\", which names "
          "no variable; write NAME=TEXT, the name of letters, digits and _" },
        { SETTING_HOSTS, "a[1-", "f:7: host list: \"a[1-\" at character 1 "
          "has a [ without a ]; close it or leave it out" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *texts[] = { rows[i].text, NULL };
        struct problem problem = {0};
        struct words value = {0};

        ck_assert(!read_list(rows[i].id, texts, &value, &problem));
        same_problem(i, &problem, STATUS_CONFIG, rows[i].sentence);
    }
}
END_TEST

START_TEST(a_list_is_taken_word_by_word_and_only_by_lists)
{
    static const struct {
        enum setting_id id;
        const char *texts[4], *desired;
    } rows[] = {
        { SETTING_QUEUE, { "video", "image" }, "video image" },
        { SETTING_QUEUE, { "a b", "c" }, "'a b' c" },
        { SETTING_EXTRA_ARGS, { "--x", "", "y z" }, "--x '' 'y z'" },
        { SETTING_EXTRA_ARGS, { NULL }, "" },
        { SETTING_ENVIRONMENT, { "A=1", "B=2" }, "A=1 B=2" },
        { SETTING_APP, { "a", "b" }, NULL },
        { SETTING_APP, { NULL }, NULL },
        { SETTING_INSTANCES, { "1", "2" }, NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct problem problem = {0};
        struct words value = {0};
        bool good = read_list(rows[i].id, rows[i].texts, &value, &problem);

        ck_assert_msg(good == (rows[i].desired != NULL), "row %zu", i);
        if (good)
            same_line(i, &value, rows[i].desired);
        else
            ck_assert_msg(text_ends(problem.text, " is a list; write one "
                "value"), "row %zu: %s", i, problem.text);
        problem_clear(&problem);
        words_clear(&value);
    }
}
END_TEST

START_TEST(every_wrong_item_of_a_list_has_its_sentence_and_none_is_added)
{
    const char *texts[] = { "A=1", "B", "C=3", "4=4", NULL };
    struct problem problem = {0};
    struct words value = {0};

    words_add(&value, "before");
    ck_assert(!read_list(SETTING_ENVIRONMENT, texts, &value, &problem));
    same_line(0, &value, "before");
    same_problem(0, &problem, STATUS_CONFIG, "f:7: environment has \"...\", "
        "which names no variable; write NAME=TEXT, the name of letters, "
        "digits and _\nf:7: environment has \"4\", which names no variable; "
        "write NAME=TEXT, the name of letters, digits and _");
    words_clear(&value);
}
END_TEST

START_TEST(an_empty_item_is_refused_where_it_names_something)
{
    const char *texts[] = { "a", "", "b", NULL };
    struct problem problem = {0};
    struct words value = {0};

    ck_assert(!read_list(SETTING_QUEUE, texts, &value, &problem));
    same_problem(0, &problem, STATUS_CONFIG, "f:7: queue is \"\"; an item of "
        "the list is empty; leave it out");
}
END_TEST

START_TEST(ten_thousand_bytes_arrive_whole)
{
    char text[10001];
    const char *texts[] = { text, NULL };
    struct problem problem = {0};
    struct words value = {0};

    memset(text, '\'', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ck_assert(read_list(SETTING_APP, texts, &value, &problem));
    ck_assert_str_eq(value.word[0], text);
    words_clear(&value);
}
END_TEST

/*
 * `total` bytes: a slash, and slashes so that no part is longer than `part`.
 */
static void
make_path(char *path, size_t total, size_t part)
{
    memset(path, 'p', total);
    path[total] = '\0';
    for (size_t i = 0; i < total; i += part + 1)
        path[i] = '/';
}

START_TEST(a_path_may_be_as_long_as_the_kernel_takes_it)
{
    static const struct {
        enum setting_id id;
        size_t total, part;
        bool good;
    } rows[] = {
        { SETTING_WORKER_DIR, 4095, 200, true },
        { SETTING_WORKER_DIR, 4096, 200, false },
        { SETTING_WORKER_DIR, 10000, 200, false },
        { SETTING_WORKER_DIR, 256, 255, true },
        { SETTING_WORKER_DIR, 1025, 255, true },
        { SETTING_WORKER_DIR, 257, 256, false },
        { SETTING_WORKER_DIR, 1029, 256, false },
        { SETTING_VIRTUALENV, 10000, 10000, false },
        { SETTING_ENV_FILE, 257, 256, false },
        { SETTING_STATEDB, 4095, 255, true },
        { SETTING_TMUX_SOCKET, 107, 106, true },
        { SETTING_TMUX_SOCKET, 108, 50, false },
        { SETTING_APP, 10000, 10000, true },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[10001];
        const char *texts[] = { path, NULL };
        struct problem problem = {0};
        struct words value = {0};
        bool good;

        make_path(path, rows[i].total, rows[i].part);
        good = read_list(rows[i].id, texts, &value, &problem);
        ck_assert_msg(good == rows[i].good, "row %zu", i);
        ck_assert_msg(good ? problem.text == NULL : text_ends(problem.text,
            rows[i].id == SETTING_TMUX_SOCKET
            ? "; write a path of at most 107 bytes, with at most 255 between "
            "two slashes" : "; write a path of at most 4095 bytes, with at "
            "most 255 between two slashes"), "row %zu: %s", i, problem.text);
        problem_clear(&problem);
        words_clear(&value);
    }
}
END_TEST

UNIT_TESTS("setting-read",
    a_value_is_taken_in_its_one_way_of_writing,
    a_wrong_value_is_refused_with_a_sentence_that_tells_what_to_write,
    a_sentence_shows_the_value_in_one_short_line,
    a_list_is_taken_word_by_word_and_only_by_lists,
    every_wrong_item_of_a_list_has_its_sentence_and_none_is_added,
    an_empty_item_is_refused_where_it_names_something,
    ten_thousand_bytes_arrive_whole,
    a_path_may_be_as_long_as_the_kernel_takes_it)
