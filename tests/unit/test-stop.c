/* test-stop.c - what is said of a worker that did not end in its time. */
#include "unit-help.h"

#include "lifecycle/job.h"
#include "lifecycle/stop.h"
#include "record/health.h"

START_TEST(one_that_drains_has_a_sentence_with_what_it_does)
{
    static const struct {
        const char *said, *sentence;
    } rows[] = {
        { NULL, "q: tasks are still running after 7 s; it goes on draining; "
          "wait" },
        { "BUSY=1\nPOOL=4\n", "q: tasks are still running after 7 s; it goes "
          "on draining; wait" },
        { "BUSY=0\nPOOL=4\n", "q: it has not ended after 7 s, though no task "
          "is running; it goes on draining; wait" },
        { "BUSY=0\nPOOL=4\nTROUBLE=1700000001 blind\n", "q: it has not ended "
          "after 7 s, though no task is running: it cannot watch over itself; "
          "it goes on draining; wait" },
    };
    static char id[] = "now";
    char *base = scratch_make();
    struct problem problem = {0};
    struct workers workers = {0};
    struct job job;

    ck_assert(resolve_text("workers = ( { queue = \"q\"; "
        "stop_timeout = 7; } );", "n", &workers, &problem));
    job = (struct job){ .worker = &workers.worker[0],
        .at.directory = base, .run = { .state = RUN_RUNNING, .id = id } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct health health = {0};
        int file = 0;
        char *text;

        if (rows[i].said != NULL) {
            ck_assert(health_take(&health, rows[i].said));
            text = health_text(&health, &job.run);
            health_keep(base, text, &file);
            free(text);
            close(file);
        }
        ck_assert(!stop_still_draining(&job, "wait"));
        same_problem(i, &job.problem, STATUS_AGAIN, rows[i].sentence);
        health_clear(&health);
    }
    workers_clear(&workers);
    scratch_remove(base);
}
END_TEST

UNIT_TESTS("stop",
    one_that_drains_has_a_sentence_with_what_it_does)
