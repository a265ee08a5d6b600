/*
 * fuzz-record.c - the files of a record, as a crash, a full disk or another
 * version may have left them.  What was read and written is read as the same.
 */
#include "fuzz.h"

#include "base/seal.h"
#include "cli/command.h"
#include "record/backoff.h"
#include "record/history.h"
#include "record/record.h"
#include "record/runs.h"

static const char *const files[] = {
    "runs/00000001/run", "wanted", "tended", "runs/00000001/end",
    "runs/00000001/worker", "runs/00000001/home", "current"
};

static void
read_run(const struct record *record, struct run *run)
{
    struct problem problem = {0};
    struct run again;

    record_read_run(record, run);
    if (run->broken || run->unread)
        return;
    if (run->state != RUN_NONE) {
        fuzz_expect(record_write_run(record, run, &problem), "it is written");
        record_read_run(record, &again);
        fuzz_expect(!again.broken && again.state == run->state
            && strcmp(again.id, run->id) == 0
            && again.runner.start == run->runner.start
            && again.left.count == run->left.count
            && strcmp(again.pane, run->pane) == 0
            && strcmp(again.phase, run->phase) == 0, "a run stays the same");
        run_clear(&again);
    }
    run_is_since(run, 1);
    run_is_of_this_boot(run);
    backoff_calm(record, run);
}

static void
read_rest(const struct record *record, const struct run *run)
{
    struct problem problem = {0};
    struct backoff backoff = {0};
    struct history_run last = {0};
    struct desired desired;

    record_read_desired(record, &desired);
    fuzz_judge(record_check_whole(record, run, &desired, &problem), &problem);
    desired_clear(&desired);
    backoff_read(record, run, &backoff);
    backoff_is_due(&backoff);
    backoff_allows(record, run, 5);
    problem_add(&problem, STATUS_UNAVAILABLE, "%s",
        backoff.why ? backoff.why : "");
    backoff_write(record, &backoff, run, BACKOFF_BEGAN, &problem);
    problem_clear(&problem);
    backoff_clear(&backoff);
    if (history_read(record, 1, &last))
        free(history_describe(&last));
    history_clear(&last);
}

static void
recall(const struct record *record)
{
    struct context context = {0};
    struct problem problem = {0};

    fuzz_judge(context_recall_next(&context, record->directory, &problem),
        &problem);
    context_clear(&context);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct words texts = fuzz_texts(data, size);
    struct record record = {0};
    struct problem problem = {0};
    struct record at;
    struct run run;
    char *sealed;

    record_name(&record, fuzz_directory(), "celery-celery");
    fuzz_expect(record_make(&record, &problem)
        && record_make_directory(&record, "runs/00000001", &problem),
        "a record can be made");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (i < texts.count)
            record_write(&record, files[i], texts.word[i], &problem);
        else
            record_remove(&record, files[i]);
    at.directory = text_format("%s/runs/00000001", record.directory);
    read_run(&at, &run);
    free(at.directory);
    read_rest(&record, &run);
    run_clear(&run);
    if (texts.count > 4)
        recall(&record);
    sealed = seal_text(fuzz_text(&texts, 0));
    fuzz_expect(seal_open(sealed)
        && strcmp(sealed, fuzz_text(&texts, 0)) == 0, "a seal comes off");
    free(sealed);
    record_clear(&record);
    words_clear(&texts);
    return 0;
}
