/*
 * output.c - takes what the terminal gives, and has it kept.
 */
#include "runner/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "record/log.h"

/* The record's log; its own copies, for it may outlive the runner's. */
struct keeping {
    struct log_writer writer;
    struct record record;
    char *run;
};

static struct keeping *
keep_begin(const struct runner *runner, long long most)
{
    struct keeping *keeping = text_allocate(1, sizeof *keeping);

    keeping->record.directory = text_copy(runner->owner.directory);
    keeping->run = text_copy(runner->run.id);
    log_begin(&keeping->writer, &keeping->record, keeping->run, most);
    return keeping;
}

static void
keep_take(void *data, const char *bytes, size_t count,
    unsigned long long lost)
{
    struct keeping *keeping = data;

    log_write(&keeping->writer, bytes, count, lost);
}

static int
keep_rest(void *data)
{
    struct keeping *keeping = data;

    return log_sync(&keeping->writer, false);
}

static void
keep_end(void *data)
{
    struct keeping *keeping = data;

    log_end(&keeping->writer);
    record_clear(&keeping->record);
    free(keeping->run);
    free(keeping);
}

static const struct outlet_calls keep_calls = {
    keep_take, keep_rest, keep_end
};

/* Every byte that came from the worker, at once and in order. */
static void
output_take(void *data, const char *bytes, size_t count)
{
    struct runner *runner = data;

    for (size_t i = 0; i < RUNNER_OUTLETS; i++)
        if (runner->outlet[i] != NULL)
            outlet_put(runner->outlet[i], bytes, count);
}

static void
begin_keeping(struct runner *runner, struct problem *problem)
{
    long long most = layer_size(&runner->worker->layer, SETTING_LOG_KEEP);

    if (most > 0)
        runner->outlet[0] = outlet_start(&keep_calls, keep_begin(runner,
            most), problem);
}

static void
begin_syslog(struct runner *runner, struct problem *problem)
{
    const char *to = layer_text(&runner->worker->layer, SETTING_LOG_TO);

    if (to != NULL && strcmp(to, "syslog") == 0)
        runner->outlet[1] = outlet_start(&syslog_calls,
            syslog_data(runner->worker->session), problem);
}

void
output_begin(struct runner *runner)
{
    struct problem problem = {0};

    begin_keeping(runner, &problem);
    begin_syslog(runner, &problem);
    problem_print(&problem);
    problem_clear(&problem);
    runner->pty.tap = output_take;
    runner->pty.tapped_by = runner;
}

void
output_ready(const struct runner *runner)
{
    int directory = -1;

    if (layer_size(&runner->worker->layer, SETTING_LOG_KEEP) == 0)
        directory = log_open(&runner->owner);
    if (directory < 0)
        return;
    log_prune(directory, 0, 1);
    close(directory);
}

void
output_end(struct runner *runner)
{
    runner->pty.tap = NULL;
    for (size_t i = 0; i < RUNNER_OUTLETS; i++)
        if (runner->outlet[i] != NULL) {
            outlet_end(runner->outlet[i]);
            runner->outlet[i] = NULL;
        }
}
