/*
 * action.c - what is done about workers: calls of celery-tmux-launch that the
 * user could type as well, with the terminal for themselves.
 */
#include "top/ui.h"

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
 * record is found by the session.
 */
static void
attach_words(const struct row *row, struct words *words)
{
    const struct report *report = &row->report;
    const char *ssh = getenv("PDSH_CELERY_RSH");
    struct words there = {0};
    char *line;

    words_add_list(&there, "celery-tmux-launch", "--config=/dev/null",
        "attach", NULL);
    words_addf(&there, "--queue=%s", report->queue ? report->queue
        : report->worker);
    if (report->session != NULL)
        words_addf(&there, "--session=%s", report->session);
    line = words_to_shell(&there);
    words_add_list(words, ssh && *ssh ? ssh : "ssh", "-t", row->node->name,
        line, NULL);
    words_clear(&there);
    free(line);
}

bool
action_words(const struct action *action, const struct call *call,
    const struct entry *entry, struct words *words)
{
    const struct row *row = entry->row[0];
    bool looks = action->meaning == NULL, attaches = action->key == 'a';
    char *nodes;

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
    words_add_list(words, "--", row->report.worker, NULL);
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

/* One turn of listening; has a key been pressed, or the terminal gone? */
static bool
listen_on(struct streams *streams, bool keys)
{
    struct pollfd *polled = text_allocate(1, sizeof *polled);
    size_t count = 1;
    bool pressed;

    polled[0] = (struct pollfd){ keys ? screen_descriptor() : -1, POLLIN, 0 };
    streams_poll(streams, &polled, &count);
    pressed = poll(polled, count, LOOK) > 0 && polled[0].revents != 0;
    streams_read(streams, clock_now());
    streams_retry(streams, clock_now());
    free(polled);
    return pressed;
}

static void
wait_for_enter(struct streams *streams)
{
    char typed[256];

    while (!listen_on(streams, true))
        continue;
    (void)!read(screen_descriptor(), typed, sizeof typed);
}

void
action_run(const struct words *words, struct streams *streams)
{
    struct spawn_setup setup = {
        .input = screen_descriptor(), .output = screen_descriptor(),
        .error = screen_descriptor()
    };
    struct problem problem = {0};
    char *line = words_to_shell(words), *end;
    int status = 0;
    pid_t pid;

    screen_suspend();
    /* ^C is for what has the terminal. */
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    say("\n$ ", line, "\n");
    if (spawn_start(words, &setup, &pid, &problem)) {
        while (waitpid(pid, &status, WNOHANG) == 0)
            listen_on(streams, false);
        end = text_format("ended with %d", spawn_result(status));
        say("\n", end, "; press Enter\n");
        free(end);
    } else
        say("\n", problem.text, "; press Enter\n");
    wait_for_enter(streams);
    signal(SIGQUIT, SIG_DFL);
    screen_resume();
    problem_clear(&problem);
    free(line);
}
