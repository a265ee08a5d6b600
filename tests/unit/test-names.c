/* test-names.c - sessions and nodes are named after workers. */
#include "unit-help.h"

#include "worker/names.h"

START_TEST(a_session_has_only_what_tmux_can_hold)
{
    static const struct {
        const char *text, *desired;
    } rows[] = {
        { "video", "video" },
        { "Az09_,@+=-", "Az09_,@+=-" },
        { "a.b:c", "a_b_c" },
        { "#(touch x)", "__touch_x_" },
        { "#{pane_pid}", "__pane_pid_" },
        { "a b\tc\nd", "a_b_c_d" },
        { "$x", "_x" }, { "%x", "_x" }, { "a%b", "a_b" }, { "a;", "a_" },
        { "a/b", "a_b" }, { "..", "__" }, { "../x", "___x" },
        { "s\xc3\xa9l", "s__l" }, { "\xff", "_" },
        /* What tmux would take for an option, another session, an id. */
        { "-a-", "_a-" }, { "=a=", "_a=" }, { "@a@", "_a@" },
        { "+a", "_a" }, { ",a", "_a" },
        { "", "" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *name = name_session(rows[i].text);

        same_text(i, name, rows[i].desired);
        free(name);
    }
}
END_TEST

START_TEST(the_session_of_a_queue_is_named_as_starcluster_named_it)
{
    static const struct {
        const char *queue, *desired;
    } rows[] = {
        { "celery", "celery-celery" },
        { "video,image", "celery-video,image" },
        { "-x", "celery--x" },
        { "=x", "celery-=x" },
        { "a.b", "celery-a_b" },
        { "a b", "celery-a_b" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *name = name_session_of_queue(rows[i].queue);

        same_text(i, name, rows[i].desired);
        free(name);
    }
}
END_TEST

START_TEST(a_node_has_one_at_sign_and_nothing_that_celery_expands)
{
    static const struct {
        const char *name, *desired;
    } rows[] = {
        { "celery", "celery@%h" },
        { "video,image", "video_image@%h" },
        { "a b\tc", "a_b_c@%h" },
        { "%h%n", "_h_n@%h" },
        { "a@b", "a_b@%h" },
        { "gpu+2", "gpu+2@%h" },
        { "s\xc3\xa9l", "s\xc3\xa9l@%h" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *name = name_node(rows[i].name);

        same_text(i, name, rows[i].desired);
        free(name);
    }
}
END_TEST

START_TEST(the_number_of_an_instance_stands_before_the_at_sign)
{
    static const struct {
        const char *node;
        unsigned instance;
        const char *desired;
    } rows[] = {
        { "w@host", 2, "w+2@host" },
        { "w@%h", 10, "w+10@%h" },
        { "w", 2, "w+2" },
        { "@host", 3, "+3@host" },
        { "w@a@b", 2, "w+2@a@b" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *name = name_numbered_node(rows[i].node, rows[i].instance);

        same_text(i, name, rows[i].desired);
        free(name);
    }
}
END_TEST

UNIT_TESTS("names",
    a_session_has_only_what_tmux_can_hold,
    the_session_of_a_queue_is_named_as_starcluster_named_it,
    a_node_has_one_at_sign_and_nothing_that_celery_expands,
    the_number_of_an_instance_stands_before_the_at_sign)
