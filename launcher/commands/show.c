/*
 * show.c - what start would run, as commands that could be typed, with
 * every secret masked.  Nothing is changed.
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/plain.h"
#include "base/text.h"
#include "config/envfile.h"
#include "lifecycle/job.h"
#include "lifecycle/launch.h"
#include "record/runs.h"
#include "worker/celery.h"

static void
print_words(const char *before, const struct words *words)
{
    struct words masked = {0};
    char *line;

    mask_words(words, &masked);
    line = words_to_shell(&masked);
    fprintf(plain_out, "%s%s\n", before, line);
    free(line);
    words_clear(&masked);
}

/*
 * The contents of a file for secrets are nobody's to read on a screen,
 * whatever the names in it.
 */
static void
mask_all(struct words *variables)
{
    for (size_t i = 0; i < variables->count; i++) {
        char *name = text_copy_part(variables->word[i],
            strcspn(variables->word[i], "="));

        free(variables->word[i]);
        variables->word[i] = text_format("%s=****", name);
        free(name);
    }
}

/* A file that cannot be read is a problem, and the rest is shown. */
static void
print_environment(const struct job *job, const struct node *node,
    struct problem *problem)
{
    struct celery_run run = {
        NULL, job->at.directory, NULL, NULL
    };
    struct words environment = {0}, masked = {0}, file = {0};
    char *path;

    if (envfile_read_for(&job->worker->layer, &path, &file, problem) && path)
        fprintf(plain_out, "# (**** for all that env_file %s says)\n", path);
    else if (path)
        fprintf(plain_out, "# (without env_file %s, which cannot be read)\n",
            path);
    mask_all(&file);
    celery_environment(job->worker, node, &file, &run, &environment);
    mask_words(&environment, &masked);
    for (size_t i = 0; i < masked.count; i++) {
        char *word = text_quote(masked.word[i]);

        fprintf(plain_out, "export %s\n", word);
        free(word);
    }
    words_clear(&masked);
    words_clear(&environment);
    words_clear(&file);
    free(path);
}

static bool
show_worker(const struct job *job, const struct node *node,
    struct problem *problem)
{
    const struct layer *layer = &job->worker->layer;
    const char *setup = layer_text(layer, SETTING_WORKER_SETUP_CMD);
    struct words program = {0}, tmux = {0}, celery = {0};
    char *socket = job_new_socket(job), *directory;
    struct tmux_session session = { socket, job->worker->session, NULL, 0 };
    const struct tmux_making making = {
        .history_limit = layer_text(layer, SETTING_TMUX_HISTORY_LIMIT),
        .mark = job->record.directory, .program = &program,
    };

    if (!launch_runner_words(job, &program, problem)) {
        free(socket);
        return false;
    }
    tmux_new_session_words(&session, &making, &tmux);
    celery_words(job->worker, node, &celery);
    directory = text_quote(layer_text(layer, SETTING_WORKER_DIR));

    fprintf(plain_out, "# %s\n", job->worker->name);
    print_words("", &tmux);
    fputs("# in the session, with nothing else in the environment:\n",
        plain_out);
    print_environment(job, node, problem);
    if (setup != NULL) {
        char *masked = mask_text(setup);

        fprintf(plain_out, "%s\n", masked);
        free(masked);
    }
    fprintf(plain_out, "cd %s\n", directory);
    print_words("exec ", &celery);
    words_clear(&celery);
    words_clear(&tmux);
    words_clear(&program);
    free(directory);
    free(socket);
    return true;
}

static enum status
show(struct context *context, struct problem *problem)
{
    struct jobs jobs;

    jobs_make(&jobs, context);
    for (size_t i = 0; i < jobs.count; i++) {
        if (i > 0)
            putc('\n', plain_out);
        runs_foresee(&jobs.job[i].record, &jobs.job[i].at);
        show_worker(&jobs.job[i], &context->node, problem);
    }
    jobs_clear(&jobs);
    return problem->status;
}

const struct command command_show = {
    .name = "show", .usage = "[WORKER]...",
    .help = "Print what start would run, secrets masked.",
    .needs = NEEDS_WORKERS,
    .accepts = ACCEPT_WORKERS | ACCEPT_SETTINGS,
    .run = show,
};
