/*
 * follow.c - copies a session's output as it appears.
 *
 * A client in control mode is told of everything that a pane prints, in
 * order, and may ask for what was there before: the answer stands at its
 * place in the stream, so nothing is missing and nothing comes twice.  Any
 * number of people can follow, and the pane's own size is not touched.
 *
 * Whoever reads what is printed may go away, which over ssh only the pipe
 * shows, and holds up nobody by a pause (tmux/backlog.h).
 */
#include "tmux/call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "system/spawn.h"
#include "tmux/backlog.h"

#define DETACHED "\n[detached: lines may be missing]\n"

/* Milliseconds between beats, and of a client's end; bytes read at once. */
enum { BEAT = 5000, PATIENCE = 2000, PART = 1 << 16 };

/* A pane that is followed, over the two ends of a client in control mode. */
struct following {
    char session[16], pane[16];     /* "$N" and "%N" */
    int server;                     /* its pid */
    long lines;                     /* 0: none from before */
    bool gone, unread;              /* the pane; by whoever read */
    int question;                   /* -1: nothing more is asked */
    int answers;
    bool beats;
    char *text;                     /* what was answered */
    size_t taken, size;             /* of it, and of all */
    struct backlog *backlog;        /* what is to be printed */
};

/* The lines that the pane had before it was followed; they are closed. */
static void
print_before(const struct following *following, struct text_stream *before)
{
    char *text = text_close(before);
    char *last = tmux_last_lines(text, following->lines);

    backlog_put(following->backlog, last, strlen(last), true);
    free(last);
    free(text);
}

/* The client may be gone by now, and that is no signal to us. */
static void
follow_ask(const struct following *following, const char *command)
{
    if (following->question >= 0)
        (void)!send(following->question, command, strlen(command),
            MSG_NOSIGNAL);
}

static void
stop_asking(struct following *following)
{
    if (following->question >= 0)
        close(following->question);
    following->question = -1;
}

static void
follow_beat(const struct following *following)
{
    backlog_put(following->backlog, TMUX_BEAT, strlen(TMUX_BEAT), false);
}

/* False at its end, or when nobody reads any more what we print. */
static bool
follow_read(struct following *following)
{
    struct pollfd polled[] = {
        { following->answers, POLLIN, 0 }, { STDOUT_FILENO, 0, 0 }
    };
    ssize_t got;
    int ready;

    while ((ready = poll(polled, 2, following->beats ? BEAT : -1)) <= 0)
        if (ready == 0)
            follow_beat(following);
        else if (errno != EINTR)
            return false;
    following->unread = polled[1].revents & (POLLERR | POLLHUP);
    if (following->unread)
        return false;
    following->size -= following->taken;
    if (following->text != NULL)
        memmove(following->text, following->text + following->taken,
            following->size);
    following->taken = 0;
    following->text = text_reallocate(following->text,
        following->size + PART, 1);
    got = read(following->answers, following->text + following->size, PART);
    following->size += got > 0 ? got : 0;
    return got > 0;
}

/* The next line without its end, freed by the caller; NULL: no more. */
static char *
follow_line(struct following *following)
{
    const char *text, *end = NULL;

    do {
        text = following->text + following->taken;
        if (following->taken < following->size)
            end = memchr(text, '\n', following->size - following->taken);
    } while (end == NULL && follow_read(following));
    if (end == NULL)
        return NULL;
    following->taken += end - text + 1;
    return text_copy_part(text, end - text);
}

/*
 * A window went or has another shape: was it our pane that went?  The session
 * may live on, with windows of somebody else's.
 */
static bool
is_about_windows(const char *line)
{
    return text_starts(line, "%window-close ")
        || text_starts(line, "%unlinked-window-close ")
        || text_starts(line, "%layout-change ");
}

/* The rest of the line, when it tells of something that our pane printed. */
static const char *
output_of_pane(const struct following *following, const char *line)
{
    const char *pane = line + strlen("%output ");
    size_t length = strlen(following->pane);

    return text_starts(line, "%output ") && text_starts(pane,
        following->pane) && pane[length] == ' ' ? pane + length + 1 : NULL;
}

/*
 * "%begin TIME NUMBER FLAGS" begins a block, which ends with another word and
 * the same behind it: what a pane has printed may look like any end.
 */
static bool
ends_block(const char *line, const char *word, const char *block)
{
    return block != NULL && text_starts(line, word)
        && strcmp(line + strlen(word), block) == 0;
}

/*
 * Read control mode.  Blocks %begin ... %end are answers: the first is of
 * the attach, behind which the lines before are asked for, the second has
 * those if there are to be any, and every other tells that the pane is still
 * there.  False when the session was gone already.
 */
static bool
follow_copy(struct following *following)
{
    char *capture = text_format("capture-pane -p -J -S -%ld -t %s\n",
        following->lines, following->pane);
    char *still_there = text_format("list-panes -t %s\n", following->pane);
    struct text_stream before = {0};
    char *line, *block = NULL;
    int blocks = 0;

    for (; (line = follow_line(following)) != NULL; free(line)) {
        const char *output = output_of_pane(following, line);

        if (block == NULL && text_starts(line, "%begin ")) {
            block = text_copy(line + strlen("%begin "));
            blocks++;
        } else if (ends_block(line, "%end ", block)) {
            free(block);
            block = NULL;
            if (blocks == 1)
                follow_ask(following, following->lines > 0 ? capture
                    : still_there);
            if (before.file != NULL)
                print_before(following, &before);
        } else if (ends_block(line, "%error ", block)) {
            free(block);
            block = NULL;
            following->gone = true;
            stop_asking(following);
        } else if (block != NULL && blocks == 2 && following->lines > 0)
            fprintf(before.file ? before.file : text_open(&before), "%s\n",
                line);
        else if (block == NULL && output != NULL && blocks >= 2
            && following->question >= 0)
            backlog_put_escaped(following->backlog, output);
        else if (block == NULL && is_about_windows(line))
            follow_ask(following, still_there);
    }
    free(block);
    free(still_there);
    free(capture);
    if (before.file != NULL)
        free(text_close(&before));
    return blocks >= 2;
}

/* Which session is the pane in now, and which pane is it? */
static bool
follow_find(const struct tmux_session *session, struct following *following,
    bool *exists, struct problem *problem)
{
    struct words words = {0};
    char *printed;
    bool good;

    tmux_begin(session, &words);
    words_add_list(&words, "display-message", "-p", NULL);
    tmux_add_target(session, &words);
    words_add(&words, "#{session_id} #{pane_id} #{pid}");
    good = tmux_call(session, &words, &printed, exists, problem);
    *exists = good && *exists && sscanf(printed, "%15s %15s %d",
        following->session, following->pane, &following->server) == 3;
    free(printed);
    return good;
}

/* Without changing which window is shown in it to others. */
static void
follow_words(const struct tmux_session *session,
    const struct following *following, struct words *words)
{
    tmux_begin(session, words);
    words_add_list(words, "-C", "attach-session", "-t", NULL);
    words_addf(words, "%s:", following->session);
}

/*
 * The client ends as it is not asked any more, once what it still has to say
 * was read: with nobody there to read it, it would wait for ever.
 */
static void
follow_end(struct following *following, pid_t pid)
{
    struct pollfd polled = { following->answers, POLLIN, 0 };
    long long deadline = clock_now() + PATIENCE;
    char part[4096];

    while (poll(&polled, 1, clock_left(deadline)) > 0)
        if (read(following->answers, part, sizeof part) <= 0) {
            spawn_wait(pid);
            return;
        }
    kill(pid, SIGKILL);
    spawn_wait(pid);
}

/* A client may be detached, by somebody or by attach -d; its pane goes on. */
static bool
follow_find_again(const struct tmux_session *session,
    struct following *following, bool *exists, struct problem *problem)
{
    struct following before = *following;
    bool good = follow_find(session, following, exists, problem);

    *exists = *exists && following->server == before.server
        && strcmp(following->pane, before.pane) == 0;
    if (good && *exists)
        backlog_put(following->backlog, DETACHED, strlen(DETACHED), true);
    following->lines = following->size = following->taken = 0;
    return good;
}

/*
 * By a client, until it or the pane ends.  Whatever ends us ends the client
 * too: one that the server has given up would stay.
 */
static bool
follow_client(const struct tmux_session *session,
    struct following *following, bool *exists, struct problem *problem)
{
    int question[2] = { -1, -1 }, answer[2] = { -1, -1 };
    struct spawn_setup setup = { .ends_with_us = true };
    struct words words = {0};
    pid_t pid;
    bool good;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, question) != 0
        || pipe2(answer, O_CLOEXEC) != 0)
        return problem_add(problem, STATUS_INTERNAL, "cannot make a pipe; "
            "raise the limit of open files");
    follow_words(session, following, &words);
    setup.input = question[0];
    setup.output = setup.error = answer[1];
    good = spawn_start(&words, &setup, &pid, problem);
    words_clear(&words);
    close(question[0]);
    close(answer[1]);
    following->question = question[1];
    following->answers = answer[0];
    if (good && following->beats)
        follow_beat(following);
    if (good)
        *exists = follow_copy(following);
    stop_asking(following);
    if (good)
        follow_end(following, pid);
    close(answer[0]);
    return good;
}

bool
tmux_follow(const struct tmux_session *session, long lines, bool beats,
    bool *exists, struct problem *problem)
{
    struct following following = { .lines = lines, .beats = beats };
    bool there, good = follow_find(session, &following, &there, problem);

    *exists = false;
    if (!good || !there)
        return good;
    unsetenv("TMUX");
    following.backlog = backlog_start(problem);
    if (following.backlog == NULL)
        return false;
    while (good && there) {
        bool followed = false;

        good = follow_client(session, &following, &followed, problem);
        *exists = *exists || followed;
        if (!good || following.gone || following.unread)
            break;
        good = follow_find_again(session, &following, &there, problem);
        if (good && there && !followed)
            good = problem_add(problem, STATUS_AGAIN, "tmux lets nobody "
                "follow session %s at %s now; try again", session->name,
                session->socket);
    }
    backlog_end(following.backlog);
    free(following.text);
    return good;
}
