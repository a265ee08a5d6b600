/*
 * top.c - the board, which is a program of its own (top/main.c): nodes need
 * not have it.
 */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "system/spawn.h"

/* Both programs are installed together, where there is this one. */
static bool
find_board(struct words *words, struct problem *problem)
{
    struct words self = {0};
    char *slash;

    if (!spawn_self_words(&self, NULL, NULL, problem))
        return false;
    slash = strrchr(self.word[0], '/');
    words_addf(words, "%.*s/celery-tmux-top", (int)(slash - self.word[0]),
        self.word[0]);
    words_clear(&self);
    return access(words->word[0], X_OK) == 0 || problem_add(problem,
        STATUS_UNAVAILABLE, "there is no %s, which is built where ncurses and "
        "jansson are; install them and build it, call top on another machine, "
        "or use status --json --follow", words->word[0]);
}

static enum status
top(struct context *context, struct problem *problem)
{
    const struct options *options = &context->options;
    struct words words = {0};

    if (!find_board(&words, problem)) {
        words_clear(&words);
        return problem->status;
    }
    if (options->config != NULL)
        words_add_list(&words, "-c", options->config, NULL);
    if (options->targets != NULL)
        words_add_list(&words, "-w", options->targets, NULL);
    if (options->worker != NULL)
        words_add_list(&words, "-W", options->worker, NULL);
    for (size_t i = 0; i < options->queues.count; i++)
        words_add_list(&words, "-q", options->queues.word[i], NULL);
    if (options->all)
        words_add(&words, "-a");
    if (options->verbose)
        words_add(&words, "-v");
    words_add(&words, "--");
    words_add_all(&words, &options->arguments);
    spawn_become(&words, problem);
    words_clear(&words);
    return problem->status;
}

const struct command command_top = {
    .name = "top", .usage = "[WORKER]...",
    .help = "Show the workers of this node, or of many, live.",
    .needs = NEEDS_TERMINAL,
    .accepts = ACCEPT_WORKERS | ACCEPT_ALL | ACCEPT_TARGETS | ACCEPT_WORKER,
    .run = top,
};
