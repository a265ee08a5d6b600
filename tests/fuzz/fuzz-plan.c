/*
 * fuzz-plan.c - what `plan` prints of the head's configuration, as a node
 * reads it through --config=-: the same workers, on every node.
 */
#include "fuzz.h"

#include "config/config.h"
#include "config/source.h"
#include "worker/worker.h"

static bool
resolve(const struct source *source, const char *name, bool anywhere,
    char **text, struct problem *problem)
{
    struct node node = { .name = "node001.cluster", .user = "u",
        .home = "/home/u", .shell = "/bin/sh", .processors = 4,
        .anywhere = anywhere };
    struct configuration config = {0};
    struct workers workers = {0};
    struct layer none = {0};
    bool good = configuration_read_source(&config, name, source, problem)
        && workers_resolve(&config, &none, &node, &workers, problem);

    *text = good && workers.count < 8 ? workers_to_text(&workers, NULL)
        : text_copy("");
    workers_clear(&workers);
    configuration_clear(&config);
    return good;
}

static void
send(const struct source *head, bool anywhere)
{
    struct problem here = {0}, there = {0};
    struct source node = {0};
    char *before, *after;
    bool good = resolve(head, "/etc/c.conf", anywhere, &before, &here);

    fuzz_expect(source_read_text(&node, "-", head->text, &there),
        "what was put together can be read");
    fuzz_expect(strcmp(node.text, head->text) == 0, "and is the same text");
    fuzz_expect(resolve(&node, "-", anywhere, &after, &there) == good,
        "and as right or wrong");
    fuzz_expect(strcmp(before, after) == 0, "with the same workers");
    free(after);
    free(before);
    fuzz_judge(good, &here);
    problem_clear(&there);
    source_clear(&node);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct words texts = fuzz_texts(data, size);
    char *path = text_format("%s/c.conf", fuzz_directory());
    struct problem problem = {0};
    struct source source = {0};
    bool good;

    fuzz_write("c.conf", fuzz_text(&texts, 0));
    fuzz_write("a", fuzz_text(&texts, 1));
    fuzz_write("b", fuzz_text(&texts, 2));
    good = source_read(&source, path, &problem);
    fuzz_judge(good, &problem);
    if (good) {
        send(&source, false);
        send(&source, true);
    }
    source_clear(&source);
    free(path);
    words_clear(&texts);
    return 0;
}
