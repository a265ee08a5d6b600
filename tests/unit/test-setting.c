/* test-setting.c - the table of settings, row by row. */
#include "unit-help.h"

#include "config/setting.h"

static bool
read_one(enum setting_id id, const char *text, struct words *value,
    struct problem *problem)
{
    struct words written = {0};
    bool good;

    words_add(&written, text);
    good = setting_read(id, &written, "here", STATUS_CONFIG, value, problem);
    words_clear(&written);
    return good;
}

START_TEST(every_row_has_a_key_and_help)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings[id];
        size_t length;

        ck_assert_msg(setting->key && *setting->key, "row %zu: no key", id);
        ck_assert_msg(setting->help && *setting->help, "%s: no help",
            setting->key);
        length = strlen(setting->help);
        /* A refused row has a reason, which stands inside a sentence. */
        if (setting->type == TYPE_REFUSED)
            ck_assert_msg(setting->help[length - 1] != '.', "%s: the reason "
                "ends in a full stop", setting->key);
        else
            ck_assert_msg(strchr(".?", setting->help[length - 1]), "%s: the "
                "help is no sentence", setting->key);
        ck_assert_msg(strstr(setting->help, ". ") == NULL
            || strstr(setting->help, ".  ") != NULL,
            "%s: one blank between two sentences", setting->key);
    }
}
END_TEST

START_TEST(every_default_passes_its_own_check_and_is_in_its_one_way)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const char *standard = settings[id].standard;
        struct problem problem = {0};
        struct words value = {0};

        if (standard == NULL)
            continue;
        ck_assert_msg(settings[id].type != TYPE_REFUSED, "%s",
            settings[id].key);
        ck_assert_msg(*standard, "%s: an empty default", settings[id].key);
        read_one(id, standard, &value, &problem);
        no_problem(id, &problem);
        ck_assert_uint_eq(value.count, 1);
        same_text(id, value.word[0], standard);
        words_clear(&value);
    }
}
END_TEST

START_TEST(keys_and_old_names_are_unique)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        ck_assert_msg(setting_find(settings[id].key) == id,
            "%s is found elsewhere", settings[id].key);
        for (size_t i = 0; i < 2 && settings[id].old[i]; i++)
            ck_assert_msg(setting_find(settings[id].old[i]) == id,
                "%s is found elsewhere", settings[id].old[i]);
    }
}
END_TEST

START_TEST(a_dash_and_an_underscore_are_the_same_in_a_key)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        char *key = text_copy(settings[id].key);

        for (char *c = key; *c; c++)
            if (*c == '_')
                *c = '-';
        ck_assert_msg(setting_find(key) == id, "%s is not found", key);
        free(key);
    }
}
END_TEST

START_TEST(old_names_of_starcluster_and_celery_are_found)
{
    static const struct {
        const char *old;
        enum setting_id id;
    } rows[] = {
        { "maxtasksperchild", SETTING_MAX_TASKS_PER_CHILD },
        { "ld_library_path", SETTING_LD_LIBRARY_PATHS },
        { "ld-library-path", SETTING_LD_LIBRARY_PATHS },
        { "queues", SETTING_QUEUE },
        { "events", SETTING_TASK_EVENTS },
        { "discard", SETTING_PURGE },
        { "schedule", SETTING_SCHEDULE_FILENAME },
        { "Ofair", SETTING_OFAIR },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ck_assert_msg(setting_find(rows[i].old) == rows[i].id, "row %zu", i);
}
END_TEST

START_TEST(what_is_no_key_is_not_found)
{
    static const char *const keys[] = {
        "", "-", "_", "ap", "apps", "APP", "ofair", "app ", " app", "app=x",
        "worker dir", "worker__dir", "queue\n", "s\xc3\xa9ssion",
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        ck_assert_msg(setting_find(keys[i]) == SETTING_COUNT, "row %zu", i);
}
END_TEST

START_TEST(a_typo_has_a_nearest_key)
{
    static const struct {
        const char *typo, *nearest;
    } rows[] = {
        { "ap", "app" },
        { "brokr", "broker" },
        { "quque", "queue" },
        { "concurency", "concurrency" },
        { "worker_setup_comand", "worker_setup_cmd" },
        { "log_level", "loglevel" },
        { "max_task_per_child", "max_tasks_per_child" },
        { "Heartbeat-Intervall", "heartbeat_interval" },
        { "ofair", "Ofair" },
        { "git_sync_dri", "git_sync_dir" },
        { "xyzzyxyzzy", NULL },
        { "", NULL },
        { "a_key_like_nothing_that_there_is", NULL },
        /* What is refused is not proposed. */
        { "detatch", NULL },
        { "pidfil", NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        same_text(i, setting_nearest(rows[i].typo), rows[i].nearest);
}
END_TEST

START_TEST(limits_choices_and_flags_fit_the_type)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings[id];
        bool flag = setting->use == USE_WORKER || setting->use == USE_CELERY;

        if (setting->type == TYPE_NUMBER || setting->type == TYPE_DECIMAL)
            ck_assert_msg(setting->minimum < setting->maximum, "%s: limits",
                setting->key);
        ck_assert_msg((setting->type == TYPE_CHOICE)
            == (setting->choices != NULL), "%s: choices", setting->key);
        ck_assert_msg(flag || setting->use == USE_VARIABLE
            || setting->flag == NULL, "%s: a flag for nothing",
            setting->key);
        if (setting->use == USE_VARIABLE)
            ck_assert_msg(setting->flag && strchr(setting->flag, '=') == NULL,
                "%s: variable", setting->key);
        if (!flag)
            continue;
        ck_assert_msg(setting->flag && *setting->flag == '-', "%s: no flag",
            setting->key);
        /* A value is joined to a long flag by =, to a letter directly. */
        if (setting->type == TYPE_SWITCH)
            ck_assert_msg(strchr(setting->flag, '=') == NULL, "%s: flag",
                setting->key);
        else
            ck_assert_msg(text_ends(setting->flag, "=")
                == text_starts(setting->flag, "--"), "%s: flag",
                setting->key);
        ck_assert_msg(setting->when == WHEN_ON
            || setting->type == TYPE_SWITCH, "%s: when", setting->key);
    }
}
END_TEST

START_TEST(nothing_as_text_is_accepted_by_all_but_the_refused)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        struct problem problem = {0};
        struct words value = {0};
        bool good = read_one(id, "", &value, &problem);

        ck_assert_msg(good == (settings[id].type != TYPE_REFUSED), "%s",
            settings[id].key);
        if (good) {
            no_problem(id, &problem);
            same_line(id, &value, "''");
        }
        problem_clear(&problem);
        words_clear(&value);
    }
}
END_TEST

START_TEST(refused_settings_say_why)
{
    static const char *const texts[] = { "", "true", "/var/log/x", "\n" };

    for (size_t id = 0; id < SETTING_COUNT; id++)
        for (size_t i = 0; i < COUNT_OF(texts); i++) {
            struct problem problem = {0};
            struct words value = {0};
            char *desired;

            if (settings[id].type != TYPE_REFUSED)
                continue;
            ck_assert(!read_one(id, texts[i], &value, &problem));
            desired = text_format("here: %s cannot be set: %s",
                settings[id].key, settings[id].help);
            same_problem(id, &problem, STATUS_CONFIG, desired);
            ck_assert_uint_eq(value.count, 0);
            free(desired);
        }
}
END_TEST

UNIT_TESTS("setting",
    every_row_has_a_key_and_help,
    every_default_passes_its_own_check_and_is_in_its_one_way,
    keys_and_old_names_are_unique,
    a_dash_and_an_underscore_are_the_same_in_a_key,
    old_names_of_starcluster_and_celery_are_found,
    what_is_no_key_is_not_found,
    a_typo_has_a_nearest_key,
    limits_choices_and_flags_fit_the_type,
    nothing_as_text_is_accepted_by_all_but_the_refused,
    refused_settings_say_why)
