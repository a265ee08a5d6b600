/* test-inventory.c - which nodes and workers a configuration speaks of. */
#include "unit-help.h"

#include "worker/inventory.h"

static struct problem problem;

static void
read_text(size_t row, struct configuration *config, const char *text)
{
    *config = (struct configuration){0};
    configuration_read_text(config, "c", text, &problem);
    no_problem(row, &problem);
}

START_TEST(every_node_is_named_once_sorted)
{
    static const struct {
        const char *text, *nodes;
    } rows[] = {
        { "", "" },
        { "workers = ( { queue = \"a\"; } );", "" },
        { "workers = ( { hosts = \"\"; } );", "" },
        { "workers = ( { hosts = \"b,a\"; } );", "a b" },
        { "workers = ( { hosts = \"n[09-11]\"; }, { hosts = \"n10,m\"; } );",
          "m n09 n10 n11" },
        { "workers = ( { hosts = \"n[1-4],-n[2-3]\"; } );", "n1 n4" },
        { "workers = ( { hosts = \"b\"; } );"
          "nodes = ( { hosts = \"a,b\"; nice = 1; }, { hosts = \"c\"; } );",
          "a b c" },
        { "nodes = ( { hosts = \"x2,x10\"; } );", "x10 x2" },
        { "workers = ( { hosts = \"a,a,a\"; } );", "a" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct configuration config;
        struct words nodes = {0};

        read_text(i, &config, rows[i].text);
        ck_assert_msg(inventory_nodes(&config, &nodes, &problem), "row %zu",
            i);
        same_line(i, &nodes, rows[i].nodes);
        words_clear(&nodes);
        configuration_clear(&config);
    }
}
END_TEST

START_TEST(workers_are_named_once_as_they_stand)
{
    static const struct {
        const char *text, *names;
    } rows[] = {
        /* Without any there is one, of the defaults. */
        { "", "celery" },
        { "workers = ();", "celery" },
        { "defaults = { queue = \"video\"; };"
          "nodes = ( { hosts = \"n1\"; worker = \"video\"; } );", "video" },
        { "workers = ( { queue = \"b\"; }, { name = \"a\"; } );", "b a" },
        { "workers = ( { name = \"g\"; queue = \"x\"; hosts = \"a\"; },"
          " { queue = \"q\"; }, { name = \"g\"; hosts = \"b\"; } );", "g q" },
        { "workers = ( { concurrency = 2; } );", "celery" },
        { "defaults = { queue = \"video\"; };"
          "workers = ( { concurrency = 2; } );", "video" },
        /* Instances have no names of their own here. */
        { "workers = ( { queue = \"a\"; instances = 3; } );", "a" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct configuration config;
        struct words names = {0};

        read_text(i, &config, rows[i].text);
        inventory_workers(&config, &names);
        same_line(i, &names, rows[i].names);
        for (size_t j = 0; j < names.count; j++)
            ck_assert_msg(inventory_has_worker(&config, names.word[j]),
                "row %zu: %s", i, names.word[j]);
        ck_assert(!inventory_has_worker(&config, ""));
        ck_assert(!inventory_has_worker(&config, "a+2"));
        ck_assert(!inventory_has_worker(&config, "A"));
        words_clear(&names);
        configuration_clear(&config);
    }
}
END_TEST

START_TEST(an_instance_belongs_to_the_worker_before_the_plus)
{
    static const struct {
        const char *name, *configured;
    } rows[] = {
        { "a", "a" },
        { "a+2", "a" },
        { "a+b", "a+b" },       /* there is such a worker */
        { "a+b+3", "a+b" },
        { "none", "none" },
        { "none+1", "none" },
        { "a+x", "a+x" },
        { "a+", "a+" },
        { "a+1", "a" },
        { "+", "+" },
        { "", "" },
    };
    struct configuration config;

    read_text(0, &config, "workers = ( { queue = \"a\"; instances = 2; }, "
        "{ name = \"a+b\"; instances = 3; } );");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *name = inventory_configured_name(&config, rows[i].name);

        same_text(i, name, rows[i].configured);
        free(name);
    }
    configuration_clear(&config);
}
END_TEST

START_TEST(a_worker_has_its_hosts_or_every_node_that_is_named)
{
    static const struct {
        const char *name, *nodes;
    } rows[] = {
        { "gpu", "g1 g2 g3" },
        { "video", "v" },
        { "all", "g1 g2 g3 other v" },
        { "empty", "g1 g2 g3 other v" },
    };
    struct configuration config;
    struct words nodes = {0};

    read_text(0, &config, "workers = ("
        "{ name = \"gpu\"; hosts = \"g[2-3]\"; },"
        "{ queue = \"video\"; hosts = \"v\"; },"
        "{ queue = \"all\"; },"
        "{ name = \"empty\"; hosts = \"\"; },"
        "{ name = \"gpu\"; hosts = \"g1,g2\"; } );"
        "nodes = ( { hosts = \"other\"; nice = 1; } );");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ck_assert_msg(inventory_worker_nodes(&config, rows[i].name, &nodes,
            &problem), "row %zu", i);
        same_line(i, &nodes, rows[i].nodes);
        words_clear(&nodes);
    }
    ck_assert(!inventory_worker_nodes(&config, "gpu+2", &nodes, &problem));
    same_problem(0, &problem, STATUS_USAGE, "there is no worker gpu+2 in c; "
        "name one that is");
    ck_assert_uint_eq(nodes.count, 0);
    configuration_clear(&config);
    read_text(1, &config, "defaults = { queue = \"video\"; };"
        "nodes = ( { hosts = \"n[1-2]\"; nice = 1; } );");
    ck_assert(inventory_worker_nodes(&config, "video", &nodes, &problem));
    same_line(1, &nodes, "n1 n2");
    words_clear(&nodes);
    inventory_queues(&config, &nodes);
    same_line(1, &nodes, "video");
    words_clear(&nodes);
    configuration_clear(&config);
    ck_assert(!inventory_worker_nodes(&config, "a", &nodes, &problem));
    same_problem(1, &problem, STATUS_USAGE, "there is no worker a in any "
        "configuration; name one that is");
}
END_TEST

UNIT_TESTS("inventory",
    every_node_is_named_once_sorted,
    workers_are_named_once_as_they_stand,
    an_instance_belongs_to_the_worker_before_the_plus,
    a_worker_has_its_hosts_or_every_node_that_is_named)
