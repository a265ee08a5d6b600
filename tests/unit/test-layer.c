/* test-layer.c - what one place says, and how places are laid over another. */
#include "unit-help.h"

#include "config/layer.h"

/* Say KEY=TEXT for each of `said`, as the command line would. */
static void
say(struct layer *layer, const char *place, const char *const *said)
{
    for (; *said; said++) {
        size_t length = strcspn(*said, "=");
        char *key = text_copy_part(*said, length);
        struct problem problem = {0};
        struct words written = {0};

        words_add(&written, *said + length + 1);
        layer_set(layer, setting_find(key), &written, place, STATUS_USAGE,
            true, &problem);
        no_problem(0, &problem);
        words_clear(&written);
        free(key);
    }
}

/* Some text that each setting accepts and that is not its default. */
static const char *
another(enum setting_id id)
{
    switch (settings[id].type) {
    case TYPE_SWITCH:
        return settings[id].standard
            && strcmp(settings[id].standard, "true") == 0 ? "false" : "true";
    case TYPE_NUMBER:
    case TYPE_DECIMAL:
        return "17";
    case TYPE_SIZE:
        return "17M";
    case TYPE_CHOICE:
        return settings[id].choices[0];
    case TYPE_CONCURRENCY:
        return "all-3";
    case TYPE_AUTOSCALE:
        return "7,2";
    case TYPE_UMASK:
        return "027";
    case TYPE_DIRECTORY:
        return "/x";
    case TYPE_ENVIRONMENT:
        return "A=1";
    default:
        return "x";
    }
}

START_TEST(a_layer_that_says_nothing_changes_nothing)
{
    struct layer layer = {0}, nothing = {0};

    layer_standard(&layer);
    layer_merge(&layer, &nothing);
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        same_text(id, layer_text(&layer, id), settings[id].standard);
        ck_assert_ptr_null(layer.place[id]);
    }
    layer_clear(&layer);
    layer_clear(&nothing);
}
END_TEST

START_TEST(a_later_value_wins_and_nothing_brings_the_default_back)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        struct layer layer = {0}, over = {0}, back = {0};
        char *said, *unsaid;

        if (settings[id].type == TYPE_REFUSED)
            continue;
        said = text_format("%s=%s", settings[id].key, another(id));
        unsaid = text_format("%s=", settings[id].key);
        say(&over, "over", (const char *[]){ said, NULL });
        say(&back, "back", (const char *[]){ unsaid, NULL });
        layer_standard(&layer);
        layer_merge(&layer, &over);
        ck_assert_uint_eq(layer.value[id].count, 1);
        same_text(id, layer_text(&layer, id), another(id));
        same_text(id, layer.place[id], "over");
        layer_merge(&layer, &back);
        same_text(id, layer_text(&layer, id), settings[id].none
            ? "" : settings[id].standard);
        same_text(id, layer.place[id], "back");
        layer_merge(&layer, &over);
        same_text(id, layer_text(&layer, id), another(id));
        layer_clear(&layer);
        layer_clear(&over);
        layer_clear(&back);
        free(said);
        free(unsaid);
    }
}
END_TEST

START_TEST(three_layers_come_to_one_value)
{
    static const struct {
        enum setting_id id;
        const char *layers[3][5], *desired;
    } rows[] = {
        { SETTING_APP, { { "app=a" }, { "app=b" }, { NULL } }, "b" },
        { SETTING_APP, { { "app=a" }, { NULL }, { "app=" } }, "" },
        { SETTING_APP, { { "app=a", "app=b" } }, "b" },
        { SETTING_QUEUE, { { "queue=a,b" }, { "queue=c" } }, "c" },
        { SETTING_QUEUE, { { "queue=a" }, { "queue=" } }, "celery" },
        { SETTING_STOP_TIMEOUT, { { "stop_timeout=5" },
            { "stop_timeout=" } }, "60" },
        /* On the command line a list grows, within its layer only. */
        { SETTING_EXTRA_ARGS, { { "extra_args=a" }, { "extra_args=b",
            "extra_args=c" } }, "b c" },
        { SETTING_EXTRA_ARGS, { { "extra_args=a", "extra_args=",
            "extra_args=c" } }, "c" },
        { SETTING_EXTRA_ARGS, { { "extra_args=a", "extra_args=" } }, "" },
        { SETTING_EXTRA_ARGS, { { "extra_args=z" }, { "extra_args=a",
            "extra_args=" } }, "" },
        { SETTING_APP, { { "app=a", "app=" } }, "" },
        { SETTING_APP, { { "app=", "app=a" } }, "a" },
        /* Variables are replaced one by one. */
        { SETTING_ENVIRONMENT, { { "environment=A=1", "environment=B=2" },
            { "environment=B=3" }, { "environment=C=4" } }, "A=1 B=3 C=4" },
        { SETTING_ENVIRONMENT, { { "environment=A=1" }, { "environment=" },
            { "environment=B=2" } }, "B=2" },
        { SETTING_ENVIRONMENT, { { "environment=AB=1" },
            { "environment=A=2" } }, "AB=1 A=2" },
        { SETTING_ENVIRONMENT, { { "environment=A=1" },
            { "environment=A=" } }, "A=" },
        { SETTING_ENVIRONMENT, { { "environment=A=1", "environment=",
            "environment=B=1" } }, "B=1" },
        { SETTING_ENVIRONMENT, { { "environment=A=1" }, { "environment=B=1",
            "environment=" } }, "" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct layer layer = {0};

        layer_standard(&layer);
        for (size_t j = 0; j < 3; j++) {
            struct layer over = {0};

            say(&over, "place", rows[i].layers[j]);
            layer_merge(&layer, &over);
            layer_clear(&over);
        }
        same_line(i, &layer.value[rows[i].id], rows[i].desired);
        layer_clear(&layer);
    }
}
END_TEST

START_TEST(an_empty_list_is_no_queue_at_all_but_the_default)
{
    struct layer layer = {0}, over = {0};
    struct problem problem = {0};
    struct words none = {0};

    say(&layer, "first", (const char *[]){ "queue=a", "extra_args=b",
        "environment=A=1", NULL });
    layer_set(&over, SETTING_QUEUE, &none, "f:1", STATUS_CONFIG, false,
        &problem);
    layer_set(&over, SETTING_EXTRA_ARGS, &none, "f:2", STATUS_CONFIG, false,
        &problem);
    layer_set(&over, SETTING_ENVIRONMENT, &none, "f:3", STATUS_CONFIG, false,
        &problem);
    no_problem(0, &problem);
    layer_merge(&layer, &over);
    same_line(0, &layer.value[SETTING_QUEUE], "celery");
    same_line(1, &layer.value[SETTING_EXTRA_ARGS], "");
    /* An empty group adds nothing to what earlier layers say. */
    same_line(2, &layer.value[SETTING_ENVIRONMENT], "A=1");
    layer_clear(&layer);
    layer_clear(&over);
}
END_TEST

START_TEST(saying_it_twice_is_an_error_that_names_both_places)
{
    struct layer layer = {0};
    struct problem problem = {0};
    struct words one = {0}, two = {0};

    words_add(&one, "1");
    words_add(&two, "2");
    ck_assert(layer_set(&layer, SETTING_APP, &one, "f:3", STATUS_CONFIG,
        false, &problem));
    ck_assert(!layer_set(&layer, SETTING_APP, &two, "f:9", STATUS_CONFIG,
        false, &problem));
    same_problem(0, &problem, STATUS_CONFIG, "f:9: app is already set at f:3; "
        "write it once");
    ck_assert_str_eq(layer_text(&layer, SETTING_APP), "1");
    words_clear(&one);
    words_clear(&two);
    layer_clear(&layer);
}
END_TEST

START_TEST(a_wrong_value_leaves_the_layer_as_it_was)
{
    struct layer layer = {0};
    struct problem problem = {0};
    struct words one = {0}, wrong = {0};

    words_add(&one, "5");
    words_add(&wrong, "five");
    ck_assert(!layer_set(&layer, SETTING_NICE, &wrong, "--nice", STATUS_USAGE,
        true, &problem));
    ck_assert_ptr_null(layer.place[SETTING_NICE]);
    ck_assert(layer_set(&layer, SETTING_NICE, &one, "--nice", STATUS_USAGE,
        true, &problem));
    problem_clear(&problem);
    ck_assert(!layer_set(&layer, SETTING_NICE, &wrong, "-", STATUS_USAGE,
        true, &problem));
    same_problem(0, &problem, STATUS_USAGE, "-: nice is \"five\"; write a "
        "whole number from -20 to 19");
    ck_assert_int_eq(layer_number(&layer, SETTING_NICE), 5);
    ck_assert_str_eq(layer.place[SETTING_NICE], "--nice");
    words_clear(&one);
    words_clear(&wrong);
    layer_clear(&layer);
}
END_TEST

START_TEST(values_are_asked_for_as_text_switch_or_number)
{
    struct layer layer = {0};

    ck_assert_ptr_null(layer_text(&layer, SETTING_APP));
    ck_assert(!layer_is_on(&layer, SETTING_BEAT));
    ck_assert_int_eq(layer_number(&layer, SETTING_NICE), 0);
    say(&layer, "x", (const char *[]){ "beat=yes", "gossip=no", "nice=-7",
        "app=true", NULL });
    ck_assert(layer_is_on(&layer, SETTING_BEAT));
    ck_assert(!layer_is_on(&layer, SETTING_GOSSIP));
    ck_assert_int_eq(layer_number(&layer, SETTING_NICE), -7);
    /* The new text may be part of the old one. */
    layer_replace(&layer, SETTING_APP, layer_text(&layer, SETTING_APP) + 2);
    ck_assert_str_eq(layer_text(&layer, SETTING_APP), "ue");
    layer_clear(&layer);
    ck_assert_ptr_null(layer.place[SETTING_BEAT]);
    ck_assert_uint_eq(layer.value[SETTING_BEAT].count, 0);
}
END_TEST

UNIT_TESTS("layer",
    a_layer_that_says_nothing_changes_nothing,
    a_later_value_wins_and_nothing_brings_the_default_back,
    three_layers_come_to_one_value,
    an_empty_list_is_no_queue_at_all_but_the_default,
    saying_it_twice_is_an_error_that_names_both_places,
    a_wrong_value_leaves_the_layer_as_it_was,
    values_are_asked_for_as_text_switch_or_number)
