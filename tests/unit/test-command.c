/* test-command.c - commands by name, and the workers that a call is about. */
#include "unit-help.h"

#include "cli/command.h"

static struct problem problem;

START_TEST(every_command_is_found_by_its_exact_name)
{
    static const char *const not[] = {
        "", "sta", "starts", "START", "start ", "--start",
    };

    for (size_t i = 0; commands[i]; i++) {
        ck_assert_ptr_eq(command_find(commands[i]->name, &problem),
            commands[i]);
        ck_assert_msg(commands[i]->run && commands[i]->usage
            && commands[i]->help, "%s", commands[i]->name);
        if (!commands[i]->internal)
            ck_assert_msg(text_ends(commands[i]->help, "."), "%s: the help "
                "is no sentence", commands[i]->name);
    }
    no_problem(0, &problem);
    for (size_t i = 0; i < COUNT_OF(not); i++) {
        ck_assert_msg(command_find(not[i], &problem) == NULL, "row %zu", i);
        ck_assert_int_eq(problem.status, STATUS_USAGE);
        problem_clear(&problem);
    }
    ck_assert_ptr_null(command_find(NULL, &problem));
    same_problem(0, &problem, STATUS_USAGE, "name a command, such as "
        "start; --help lists them");
}
END_TEST

START_TEST(a_typo_has_a_nearest_command)
{
    static const struct {
        const char *typo, *nearest;
    } rows[] = {
        { "strat", "start" }, { "stopp", "stop" }, { "kil", "kill" },
        { "satus", "status" }, { "Logs", "logs" }, { "shwo", "show" },
        { "restrat", "restart" }, { "atach", "attach" },
        { "ls", "status" }, { "list", "status" }, { "xyzzyxyzzy", NULL }, { "launch-all-workers", NULL },
        /* What is not for people is not proposed. */
        { "runn", NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *near = rows[i].nearest;
        char *desired = text_format(near ? "there is no command %s; did you "
            "mean %s?" : "there is no command %s; celery-tmux-launch --help "
            "lists them", rows[i].typo, near);

        command_find(rows[i].typo, &problem);
        same_problem(i, &problem, STATUS_USAGE, desired);
        free(desired);
    }
}
END_TEST

#define WORKERS "workers = ( { queue = \"video\"; }, { queue = " \
    "\"video,image\"; instances = 2; }, { name = \"gpu\"; queue = \"g\"; " \
    "instances = 2; }, { name = \"gpu+x\"; queue = \"h\"; }, { queue = " \
    "\"far\"; hosts = \"n9\"; } );"

/* Choose as the words of `line` say, from a configuration on a node n1. */
static bool
choose(const char *line, const char *text, struct context *context)
{
    char *base = scratch_make();
    char *file = scratch_file(base, "c", text, 0600);
    struct words words = {0};
    const char *reason;
    bool good;

    words_add(&words, "celery-tmux-launch");
    ck_assert(words_add_shell(&words, line, &reason));
    words_addf(&words, "--config=%s", file);
    ck_assert(options_read(&context->options, (int)words.count, words.word,
        &problem));
    context->command = command_find(context->options.command, &problem);
    context->node = test_node("n1");
    good = context_prepare(context, &problem);
    words_clear(&words);
    scratch_remove(base);
    free(file);
    return good;
}

START_TEST(workers_are_chosen_by_name_and_by_queue)
{
    static const struct {
        const char *line, *desired;
    } rows[] = {
        { "stop", "video video,image video,image+2 gpu gpu+2 gpu+x" },
        { "stop video", "video" },
        { "stop video,image", "video,image video,image+2" },
        { "stop video,image+2", "video,image+2" },
        { "stop gpu", "gpu gpu+2" },
        { "stop gpu+2", "gpu+2" },
        { "stop gpu+x", "gpu+x" },
        /* The first is known by NAME, and as +1. */
        { "stop gpu+1", "gpu" },
        { "stop video,image+1 gpu+2", "video,image gpu+2" },
        { "stop video+1", "video" },
        { "stop -q video gpu+1", "video gpu" },
        /* In configuration order, each once. */
        { "stop gpu+2 video gpu", "video gpu gpu+2" },
        /* The whole queue, exactly. */
        { "stop -q video", "video" },
        { "stop -q video,image", "video,image video,image+2" },
        { "stop -q g -q video", "video gpu gpu+2" },
        { "stop -q g video", "video gpu gpu+2" },
        { "stop -q video video", "video" },
        { "stop -q image", "image" },
        { "stop -q vid -q image -q vid", "vid image" },
        { "stop -q image,video", "image,video" },
        { "stop -q image gpu+2", "gpu+2 image" },
        /* A queue that is called like another worker. */
        { "stop -q gpu", "celery-gpu" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words names = {0};
        struct context context = {0};
        char *line;

        choose(rows[i].line, WORKERS, &context);
        no_problem(i, &problem);
        for (size_t j = 0; j < context.workers.count; j++)
            words_add(&names, context.workers.worker[j].name);
        line = words_join(&names, " ");
        same_text(i, line, rows[i].desired);
        free(line);
        words_clear(&names);
        context_clear(&context);
    }
}
END_TEST

START_TEST(who_is_not_there_cannot_be_chosen)
{
    static const struct {
        const char *line, *text, *sentence;
        enum status status;
    } rows[] = {
        { "stop nobody", WORKERS, "there is no worker nobody on this node; "
          "there are video, video,image, video,image+2, gpu, gpu+2, gpu+x",
          STATUS_USAGE },
        { "stop gp", "workers = ( { name = \"gpu\"; } );", "there is no "
          "worker gp on this node; there is gpu", STATUS_USAGE },
        { "stop gpu+", "workers = ( { name = \"gpu\"; } );", "there is no "
          "worker gpu+ on this node; there is gpu", STATUS_USAGE },
        /* Here it is, without such an instance. */
        { "stop gpu+2", "workers = ( { name = \"gpu\"; } );", "there is no "
          "worker gpu+2 on this node; there is gpu", STATUS_USAGE },
        { "stop far+x", WORKERS, "there is no worker far+x on this node; "
          "there are video, video,image, video,image+2, gpu, gpu+2, gpu+x",
          STATUS_USAGE },
        { "stop b", "workers = ( { name = \"a\"; hosts = \"n9\"; } );",
          "there is no worker b on this node; there are none; see hosts in "
          "the configuration", STATUS_USAGE },
        { "stop -q ''", WORKERS, "--queue is empty; name the queue of a "
          "worker", STATUS_USAGE },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct context context = {0};

        ck_assert_msg(!choose(rows[i].line, rows[i].text, &context), "row %zu",
            i);
        same_problem(i, &problem, rows[i].status, rows[i].sentence);
        context_clear(&context);
    }
}
END_TEST

START_TEST(who_belongs_elsewhere_is_no_mistake)
{
    static const char *const names[] = { "far", "far+1", "far+2" };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *line = text_format("stop %s video", names[i]);
        char *sentence = text_format("%s does not belong on n1; nothing to do",
            names[i]);
        struct context context = {0};

        ck_assert(choose(line, WORKERS, &context));
        same_problem(i, &problem, STATUS_DONE, sentence);
        ck_assert_uint_eq(context.workers.count, 1);
        ck_assert_str_eq(context.workers.worker[0].name, "video");
        context_clear(&context);
        free(sentence);
        free(line);
    }
}
END_TEST

START_TEST(a_worker_of_that_very_name_is_no_first_instance)
{
    struct context context = {0};

    ck_assert(choose("stop a+1", "workers = ( { name = \"a\"; queue = \"x\"; "
        "}, { name = \"a+1\"; queue = \"y\"; } );", &context));
    no_problem(0, &problem);
    ck_assert_uint_eq(context.workers.count, 1);
    ck_assert_str_eq(context.workers.worker[0].name, "a+1");
    context_clear(&context);
}
END_TEST

START_TEST(one_of_several_is_to_be_named_so_that_it_is_one)
{
    static const struct {
        const char *line, *sentence;
    } rows[] = {
        { "logs", "so; name one" },
        { "logs gpu", "so; name one, as in gpu+1" },
        { "logs -q video,image", "so; name one, as in video,image+1" },
        { "logs gpu video", "so; name one" },
        { "logs far", "so; name one" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct context context = {0};

        ck_assert(choose(rows[i].line, WORKERS, &context));
        problem_clear(&problem);
        ck_assert(!context_refuse_many(&context, "so", &problem));
        same_problem(i, &problem, STATUS_USAGE, rows[i].sentence);
        context_clear(&context);
    }
}
END_TEST

START_TEST(a_queue_that_no_worker_has_is_begun_by_nothing)
{
    static const struct {
        const char *line, *text, *sentence;
    } rows[] = {
        { "start -q vidoe", WORKERS, "/c has no worker for the queue vidoe; "
          "did you mean --queue video?" },
        { "restart -q fare", WORKERS, "did you mean --queue far?" },
        { "apply -q cpu", WORKERS, "did you mean the worker gpu, without "
          "--queue?" },
        { "show -q nothing", "workers = ( { queue = \"x\"; } ); nodes = ( { "
          "hosts = \"n9\"; queue = \"y\"; } );", "; write --queue x or "
          "--queue y, or add a worker of that queue to it" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct context context = {0};

        ck_assert_msg(!choose(rows[i].line, rows[i].text, &context), "row %zu",
            i);
        ck_assert_int_eq(problem.status, STATUS_USAGE);
        ck_assert_msg(strstr(problem.text, rows[i].sentence) != NULL, "%s",
            problem.text);
        problem_clear(&problem);
        context_clear(&context);
    }
}
END_TEST

START_TEST(a_queue_of_other_nodes_is_no_mistake)
{
    struct context context = {0};

    ck_assert(choose("start -q far", WORKERS, &context));
    same_problem(0, &problem, STATUS_DONE, "no worker for the queue far "
        "belongs on n1; nothing to do");
    ck_assert_uint_eq(context.workers.count, 0);
    context_clear(&context);
}
END_TEST

START_TEST(a_queue_that_nobody_configured_is_made_of_the_defaults)
{
    struct context context = {0};

    ck_assert(choose("start -q new --nice=3", "defaults = { app = \"a\"; };",
        &context));
    ck_assert_uint_eq(context.workers.count, 1);
    ck_assert_str_eq(context.workers.worker[0].session, "celery-new");
    ck_assert_str_eq(layer_text(&context.workers.worker[0].layer, SETTING_APP),
        "a");
    ck_assert_int_eq(layer_number(&context.workers.worker[0].layer,
        SETTING_NICE), 3);
    context_clear(&context);
}
END_TEST

UNIT_TESTS("command",
    every_command_is_found_by_its_exact_name,
    a_typo_has_a_nearest_command,
    workers_are_chosen_by_name_and_by_queue,
    who_is_not_there_cannot_be_chosen,
    who_belongs_elsewhere_is_no_mistake,
    a_worker_of_that_very_name_is_no_first_instance,
    one_of_several_is_to_be_named_so_that_it_is_one,
    a_queue_that_no_worker_has_is_begun_by_nothing,
    a_queue_of_other_nodes_is_no_mistake,
    a_queue_that_nobody_configured_is_made_of_the_defaults)
