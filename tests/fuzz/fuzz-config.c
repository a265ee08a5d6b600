/*
 * fuzz-config.c - a configuration, all the way to Celery's words.  What is
 * written into a record is read back as the same worker.
 */
#include "fuzz.h"

#include "config/config.h"
#include "worker/celery.h"
#include "worker/inventory.h"
#include "worker/worker.h"

static const struct node node = { .name = "node001", .user = "u",
    .home = "/home/u", .shell = "/bin/sh", .processors = 4 };

static bool
resolve(const char *text, struct workers *workers, struct problem *problem)
{
    struct configuration config = {0};
    struct layer none = {0};
    struct words names = {0};
    /* From "-", so that no file is included. */
    bool good = configuration_read_text(&config, "-", text, problem)
        && workers_resolve(&config, &none, &node, workers, problem);

    if (good) {
        inventory_workers(&config, &names);
        inventory_queues(&config, &names);
    }
    words_clear(&names);
    configuration_clear(&config);
    return good;
}

static void
go_round(const struct worker *worker)
{
    struct words celery = {0}, environment = {0};
    struct celery_run run = { "id", "/record", "@notify", "tmux-256color" };
    struct problem problem = {0};
    struct workers after = {0};
    char *text = worker_to_text(worker), *again;

    celery_words(worker, &node, &celery);
    celery_environment(worker, &node, NULL, &run, &environment);
    fuzz_expect(celery.count > 1, "a worker has words");
    fuzz_expect(resolve(text, &after, &problem), "a record can be read");
    fuzz_expect(after.count == 1, "and has one worker");
    again = worker_to_text(&after.worker[0]);
    fuzz_expect(strcmp(again, text) == 0, "which is the same");
    fuzz_expect(strcmp(after.worker[0].session, worker->session) == 0
        && strchr(worker->session, '/') == NULL && *worker->session,
        "and its session names a directory");
    free(again);
    free(text);
    workers_clear(&after);
    problem_clear(&problem);
    words_clear(&environment);
    words_clear(&celery);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_copy_part((const char *)data, size);
    struct workers workers = {0};
    struct problem problem = {0};
    bool good = resolve(text, &workers, &problem);

    /* Many instances are all alike. */
    for (size_t i = 0; good && i < workers.count && i < 8; i++)
        go_round(&workers.worker[i]);
    fuzz_judge(good, &problem);
    workers_clear(&workers);
    free(text);
    return 0;
}
