/*
 * action.c - what is done about workers: calls of celery-tmux-launch that the
 * user could type as well, with the terminal for themselves.
 */
#include "top/ui.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/plain.h"
#include "base/text.h"
#include "system/spawn.h"
#include "top/screen.h"

/* Milliseconds between two looks at what has the terminal. */
enum { LOOK = 100 };

static const struct action actions[] = {
    { 'l', "logs", "-f -n 200", NULL },
    { 'a', "attach", "", NULL },
    { 'r', "restart", "", "its running tasks finish, then it ends and starts "
        "anew; tasks that wait are kept" },
    { 's', "stop", "", "its running tasks finish, then it ends; nothing starts "
        "it again but start" },
    { 'k', "kill", "", "tasks that still run after stop_timeout are cut off, "
        "and everything of it ends; nothing starts it again but start" },
};

const struct action *
action_find(int key)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (actions[i].key == key)
            return &actions[i];
    return NULL;
}

/*
 * pdsh has no terminal to give away.  A node need not know the worker: its
 * record is found by the session, and what else there is to know stands there.
 */
static void
attach_words(const struct row *row, struct words *words)
{
    const struct report *report = &row->report;
    const char *ssh = getenv("PDSH_CELERY_RSH");
    struct words there = {0};
    char *line;

    words_add(&there, "celery-tmux-launch");
    words_addf(&there, "--node=%s", row->node->name);
    words_add(&there, "attach");
    words_addf(&there, "--queue=%s", report->queue ? report->queue
        : report->worker);
    if (report->session != NULL)
        words_addf(&there, "--session=%s", report->session);
    if (report->state_dir != NULL)
        words_addf(&there, "--state-dir=%s", report->state_dir);
    line = words_to_shell(&there);
    words_add_list(words, ssh && *ssh ? ssh : "ssh", "-t", row->node->name,
        line, NULL);
    words_clear(&there);
    free(line);
}

/* NAME for the entry's rows alone: of several instances the first is NAME+1. */
static char *
entry_worker(const struct entry *entry)
{
    const char *name = entry->row[0]->report.worker;
    bool several = false;

    for (size_t i = 0; i < entry->count; i++) {
        size_t index = 0;
        struct row *row;

        while ((row = node_row(entry->row[i]->node, &index)) != NULL) {
            const char *number = row->report.worker
                ? text_number(row->report.worker, name) : NULL;

            /* That would be another worker, of this very name. */
            if (number != NULL && strcmp(number, "1") == 0)
                return text_copy(name);
            several |= number != NULL;
        }
    }
    return text_format("%s%s", name, several ? "+1" : "");
}

bool
action_words(const struct action *action, const struct call *call,
    const struct entry *entry, struct words *words)
{
    const struct row *row = entry->row[0];
    bool looks = action->meaning == NULL, attaches = action->key == 'a';
    char *nodes, *worker;

    if (row->report.worker == NULL || (looks && entry->count > 1))
        return false;
    if (attaches && !call_is_local(call)) {
        attach_words(row, words);
        return true;
    }
    nodes = entry_nodes(entry);
    /* Not all at once: some go on taking tasks. */
    call_words(call, nodes, looks ? "-N -b" : action->key == 'r'
        && entry->count > 1 ? "-f 2" : NULL, action->command, words);
    if (*action->options)
        words_add_parts(words, action->options, " ");
    worker = entry_worker(entry);
    words_add_list(words, "--", worker, NULL);
    free(worker);
    free(nodes);
    return true;
}

static void
say(const char *before, const char *text, const char *behind)
{
    char *plain = plain_text(text);
    char *line = text_format("%s%s%s", before, plain, behind);

    file_write(screen_descriptor(), line, strlen(line), true);
    free(line);
    free(plain);
}

/* One turn of listening to nodes; is there something of `descriptor`? */
static bool
listen_on(struct streams *streams, int descriptor)
{
    struct pollfd *polled = text_allocate(1, sizeof *polled);
    size_t count = 1;
    bool some;

    polled[0] = (struct pollfd){ descriptor, POLLIN, 0 };
    streams_poll(streams, &polled, &count);
    some = poll(polled, count, LOOK) > 0 && polled[0].revents != 0;
    streams_read(streams, clock_now());
    streams_retry(streams, clock_now());
    free(polled);
    return some;
}

/* What a program prints, harmless, until it and all that print to it end. */
static void
pass_on(struct streams *streams, int output)
{
    struct plain plain = {0};
    char part[4096], *text;
    ssize_t got = 1;

    while (got > 0 && !ui_is_ended()) {
        if (!listen_on(streams, output))
            continue;
        got = read(output, part, sizeof part);
        text = plain_part(&plain, part, got > 0 ? got : 0);
        file_write(screen_descriptor(), text, strlen(text), true);
        free(text);
    }
}

static void
wait_for_enter(struct streams *streams)
{
    char typed[256];

    while (!ui_is_ended())
        if (listen_on(streams, screen_descriptor())) {
            (void)!read(screen_descriptor(), typed, sizeof typed);
            return;
        }
}

/*
 * Its status; -1 with a sentence.  What attaches has our own channels: tmux
 * takes no terminal that calls itself /dev/tty.
 */
static int
run_on_terminal(const struct words *words, struct streams *streams,
    bool attaches, struct problem *problem)
{
    struct spawn_setup setup = {0};
    int status = 0, channel[2];
    bool good;
    pid_t pid;

    if (!attaches && pipe2(channel, O_CLOEXEC) != 0) {
        problem_add(problem, STATUS_INTERNAL, "cannot make a pipe: %s; "
            "raise the limit of open files", strerror(errno));
        return -1;
    }
    if (!attaches) {
        setup.input = screen_descriptor();
        setup.output = setup.error = channel[1];
    }
    good = spawn_start(words, &setup, &pid, problem);
    if (!attaches) {
        close(channel[1]);
        if (good)
            pass_on(streams, channel[0]);
        close(channel[0]);
    }
    if (!good)
        return -1;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (ui_is_ended())
            kill(pid, SIGTERM);
        listen_on(streams, -1);
    }
    return spawn_result(status);
}

void
action_run(const struct action *action, const struct words *words,
    struct streams *streams)
{
    struct problem problem = {0};
    char *line = words_to_shell(words), *end;
    int status;

    screen_suspend();
    /* ^C is for what has the terminal. */
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    say("\n$ ", line, "\n");
    status = run_on_terminal(words, streams, action->key == 'a', &problem);
    end = problem.text ? text_copy(problem.text)
        : text_format("ended with %d", status);
    say("\n", end, "; press Enter\n");
    wait_for_enter(streams);
    screen_resume();
    problem_clear(&problem);
    free(end);
    free(line);
}
