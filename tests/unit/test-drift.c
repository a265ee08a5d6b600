/* test-drift.c - in what a running worker differs from what it should be. */
#include "unit-help.h"

#include "lifecycle/drift.h"
#include "record/runs.h"

#define ZEROES "0000000000000000000000000000000000000000"
#define ONES "1111111111111111111111111111111111111111"

static struct problem problem;

/* A job on a record below a new directory, whose path is the result. */
static char *
make(struct job *job)
{
    char *base = scratch_make();

    *job = (struct job){0};
    job->run.revision = text_copy("");
    record_name(&job->record, base, "celery-a");
    job->run.celery = text_copy("");
    ck_assert(record_make(&job->record, &problem));
    ck_assert(runs_make(&job->record, &job->at, &problem));
    return base;
}

static void
finish(struct job *job, char *base)
{
    free(job->run.revision);
    free(job->run.celery);
    record_clear(&job->at);
    record_clear(&job->record);
    scratch_remove(base);
}

/* The only worker with these settings. */
static void
resolve_one(const char *said, struct workers *workers)
{
    char *text = text_format("workers = ( { queue = \"a\"; app = \"x\"; %s } "
        ");", said);

    resolve_text(text, "n", workers, &problem);
    no_problem(0, &problem);
    ck_assert_uint_eq(workers->count, 1);
    free(text);
}

static void
find(struct job *job, const struct worker *worker, struct drift *drift)
{
    struct node node = test_node("n");

    job->worker = worker;
    drift_find(job, &node, drift);
}

START_TEST(what_differs_is_named_with_both_values)
{
    static const struct {
        const char *old, *new, *keys, *from, *to;
        bool live;
    } rows[] = {
        { "", "", "", "", "", false },
        { "concurrency = 2;", "concurrency = 2;", "", "", "", false },
        { "concurrency = 2;", "concurrency = 3;", "concurrency", "2", "3",
          false },
        { "", "nice = 1;", "nice", "''", "1", false },
        { "nice = 1;", "", "nice", "1", "''", false },
        { "extra_args = [ \"-a\", \"-b\" ];", "extra_args = [ \"-a\" ];",
          "extra_args", "'-a -b'", "-a", false },
        { "concurrency = 2; pool = \"solo\";",
          "concurrency = 3; pool = \"threads\"; nice = 5;",
          "concurrency, pool, nice", NULL, NULL, false },
        /* What is the same, written otherwise. */
        { "gossip = false;", "gossip = \"no\";", "", "", "", false },
        { "concurrency = 4;", "concurrency = \"4\";", "", "", "", false },
        /* What needs no restart. */
        { "stop_timeout = 5;", "stop_timeout = 6;", "", "", "", true },
        { "stop_timeout = 5; nice = 1;", "stop_timeout = 6; nice = 2;",
          "nice", "1", "2", true },
        /* Secrets differ and are not shown. */
        { "broker = \"redis://:old@h/0\";", "broker = \"redis://:new@h/0\";",
          "broker", "'redis://:****@h/0'", "'redis://:****@h/0'", false },
        { "environment = { API_TOKEN = \"a\"; B = \"1\"; };",
          "environment = { API_TOKEN = \"b\"; B = \"1\"; };", "environment",
          "'API_TOKEN=**** B=1'", "'API_TOKEN=**** B=1'", false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct workers old = {0}, new = {0};
        struct drift drift = {0};
        struct job job;
        char *base = make(&job), *text, *keys;

        resolve_one(rows[i].old, &old);
        resolve_one(rows[i].new, &new);
        text = worker_to_text(&old.worker[0]);
        ck_assert(record_write(&job.at, "worker", text, &problem));
        find(&job, &new.worker[0], &drift);
        keys = words_join(&drift.keys, ", ");
        same_text(i, keys, rows[i].keys);
        ck_assert_msg(drift.live == rows[i].live, "row %zu", i);
        ck_assert_msg(drift.from.count == drift.keys.count
            && drift.to.count == drift.keys.count, "row %zu", i);
        if (rows[i].from != NULL) {
            same_line(i, &drift.from, rows[i].from);
            same_line(i, &drift.to, rows[i].to);
        }
        drift_clear(&drift);
        ck_assert(drift.keys.count == 0 && !drift.live);
        free(keys);
        free(text);
        workers_clear(&old);
        workers_clear(&new);
        finish(&job, base);
    }
}
END_TEST

START_TEST(nothing_to_compare_with_is_no_difference)
{
    static const char *const texts[] = {
        NULL, "rubbish", "workers = ( { nice = 99; } );",
        "workers = ( { queue = \"a\"; nice = 1; hosts = \"elsewhere\"; } );",
        "workers = ( { queue = \"a\"; app = \"x\"; }, { queue = \"b\"; } );",
        "colour = 1; workers = ( { queue = \"a\"; nice = 1; } );",
        /* Each of these would settle, as another worker. */
        "", "\n", "defaults = { nice = 1; };",
        "workers = ( { queue = \"b\"; nice = 1; } );",
    };
    struct workers workers = {0};

    resolve_one("nice = 3;", &workers);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct drift drift = {0};
        struct job job;
        char *base = make(&job);

        if (texts[i] != NULL)
            ck_assert(record_write(&job.at, "worker", texts[i],
                &problem));
        find(&job, &workers.worker[0], &drift);
        ck_assert_msg(drift.keys.count == 0 && !drift.live, "row %zu: %s", i,
            drift.keys.count ? drift.keys.word[0] : "live");
        drift_clear(&drift);
        finish(&job, base);
    }
    workers_clear(&workers);
}
END_TEST

START_TEST(the_revision_at_its_start_counts_too)
{
    static const struct {
        const char *head, *then;
        bool differs;
    } rows[] = {
        { ZEROES, ZEROES, false },
        { ZEROES, ONES, true },
        /* Nobody can tell one of them. */
        { ZEROES, "", false },
        { "rubbish", ONES, false },
        { NULL, ONES, false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct workers workers = {0};
        struct drift drift = {0};
        struct job job;
        char *base = make(&job), *git = text_format("%s/.git", base);
        char *said = text_format("git_sync_dir = \"%s\";", base);

        ck_assert_int_eq(mkdir(git, 0700), 0);
        if (rows[i].head != NULL)
            free(scratch_file(git, "HEAD", rows[i].head, 0600));
        free(job.run.revision);
        job.run.revision = text_copy(rows[i].then);
        resolve_one(said, &workers);
        find(&job, &workers.worker[0], &drift);
        same_line(i, &drift.keys, rows[i].differs ? "revision" : "");
        same_line(i, &drift.from, rows[i].differs ? rows[i].then : "");
        same_line(i, &drift.to, rows[i].differs ? rows[i].head : "");
        drift_clear(&drift);
        workers_clear(&workers);
        free(said);
        free(git);
        finish(&job, base);
    }
}
END_TEST

UNIT_TESTS("drift",
    what_differs_is_named_with_both_values,
    nothing_to_compare_with_is_no_difference,
    the_revision_at_its_start_counts_too)
