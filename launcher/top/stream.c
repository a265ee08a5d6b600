/*
 * stream.c - runs the programs whose lines the board shows.
 */
#include "top/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "hostlist/hostlist.h"
#include "system/spawn.h"

/*
 * Bytes that are kept of complaints; milliseconds until one that does not end
 * is killed.
 */
enum { SAID = 4000, PATIENCE = 2000 };
/* pdsh calls this many at a time, which is all of them. */
#define FAN_OUT "-f 100000"

extern char **environ;

/* pdsh's ssh would wait for ever for a node that has lost its power. */
static void
set_surroundings(void)
{
    static const char alive[] =
        "-oServerAliveInterval=5 -oServerAliveCountMax=2";
    const char *given = getenv("PDSH_SSH_ARGS_APPEND");
    char *all;

    if (given != NULL && strstr(given, alive) != NULL)
        return;
    all = given ? text_format("%s %s", given, alive) : text_copy(alive);
    setenv("PDSH_SSH_ARGS_APPEND", all, 1);
    free(all);
}

/*
 * The module says when the connection to one of many has ended.  No node waits
 * for another one to do well, and what the user had reported stays.
 */
static void
stream_environment(struct words *environment)
{
    for (char **entry = environ; *entry; entry++)
        if (!text_starts(*entry, "PDSH_CELERY_REPORT=")
            && !text_starts(*entry, "PDSH_CELERY_FAILFAST="))
            words_add(environment, *entry);
    words_add(environment, "PDSH_CELERY_TELL=1");
}

static bool
start(struct stream *stream, const struct words *words,
    struct problem *problem)
{
    struct spawn_setup setup = {
        .silent_input = true, .new_session = true, .ends_with_us = true
    };
    struct words environment = {0};
    int out[2], err[2];
    bool good;

    if (pipe2(out, O_CLOEXEC) != 0)
        return problem_add(problem, STATUS_INTERNAL, "cannot make a pipe: %s; "
            "raise the limit of open files", strerror(errno));
    if (pipe2(err, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return problem_add(problem, STATUS_INTERNAL, "cannot make a pipe: %s; "
            "raise the limit of open files", strerror(errno));
    }
    setup.output = out[1];
    setup.error = err[1];
    stream_environment(&environment);
    setup.environment = &environment;
    good = spawn_start(words, &setup, &stream->pid, problem);
    words_clear(&environment);
    close(out[1]);
    close(err[1]);
    if (!good) {
        close(out[0]);
        close(err[0]);
        return false;
    }
    reader_open(&stream->out, out[0]);
    reader_open(&stream->err, err[0]);
    return true;
}

/* Listen to these nodes. */
static bool
streams_add(struct streams *streams, struct node *const *node, size_t count,
    struct problem *problem)
{
    struct stream stream = {0};
    struct words words = {0}, names = {0};
    char *list;
    bool good;

    for (size_t i = 0; i < count; i++)
        words_add(&names, node[i]->name);
    /* Thousands of names, with commas between them, are no word for execve. */
    list = hostlist_fold(&names);
    call_words(streams->call, list, FAN_OUT, "status", &words);
    words_add_list(&words, "--json", "--follow", NULL);
    words_add_all(&words, &streams->call->chosen);
    good = start(&stream, &words, problem);
    if (good) {
        streams->stream = text_reallocate(streams->stream,
            streams->count + 1, sizeof stream);
        streams->stream[streams->count++] = stream;
        for (size_t i = 0; i < count; i++)
            node[i]->stream = stream.pid;
    }
    words_clear(&words);
    words_clear(&names);
    free(list);
    return good;
}

bool
streams_open(struct streams *streams, const struct call *call,
    struct board *board, struct problem *problem)
{
    struct node **all = text_allocate(board->count + 1, sizeof *all);
    bool good;

    streams->call = call;
    streams->board = board;
    if (!call_is_local(call))
        set_surroundings();
    for (size_t i = 0; i < board->count; i++)
        all[i] = &board->node[i];
    good = streams_add(streams, all, board->count, problem);
    free(all);
    return good;
}

void
streams_poll(const struct streams *streams, struct pollfd **polled,
    size_t *count)
{
    for (size_t i = 0; i < streams->count; i++) {
        const struct stream *stream = &streams->stream[i];

        *polled = text_reallocate(*polled, *count + 2, sizeof **polled);
        (*polled)[(*count)++] = (struct pollfd){
            stream->out.descriptor, POLLIN, 0
        };
        (*polled)[(*count)++] = (struct pollfd){
            stream->err.descriptor, POLLIN, 0
        };
    }
}

/*
 * The node of "LABEL: REST", and the rest; NULL: there is no such node.  What
 * was said of one that is lost may come late: nobody listens to it then.
 */
static struct node *
split_label(struct streams *streams, char **text)
{
    char *colon = strstr(*text, ": ");
    struct node *node;

    if (call_is_local(streams->call))
        return &streams->board->node[0];
    if (colon == NULL)
        return NULL;
    *colon = '\0';
    node = board_find(streams->board, streams->read, *text);
    if (node == NULL)
        node = board_find(streams->board, 0, *text);
    *colon = ':';
    if (node != NULL)
        *text = colon + 2;
    return node;
}

static void
take_output(char *line, void *data)
{
    struct streams *streams = data;
    const char *whole = line;
    struct node *node = split_label(streams, &line);

    if (node != NULL)
        streams->board->unread += line_skip_cut_off(whole, &line);
    if (node == NULL)
        streams->board->unread++;
    else if (node->stream == streams->read)
        board_take(streams->board, node, line, strlen(line), clock_now());
}

/*
 * A complaint; or "pdsh@HEAD: NODE: ended with STATUS", the module's.  No node
 * can say that, for what it says has its own name before it.
 */
static void
take_error(char *line, void *data)
{
    struct streams *streams = data;
    struct node *node;
    char *rest;

    if (text_starts(line, "pdsh@") && (rest = strstr(line, ": ")) != NULL) {
        rest += 2;
        node = split_label(streams, &rest);
        if (node != NULL && text_starts(rest, "ended with ")) {
            streams->told = true;
            if (node->stream == streams->read)
                board_lose(node, clock_now());
            if (node->said == NULL)
                board_note(node, rest);
            return;
        }
    }
    node = split_label(streams, &line);
    if (text_starts(line, "celery-tmux-launch: "))
        line = strchr(line, ' ') + 1;
    if (node != NULL)
        board_note(node, line);
    if (node != NULL && !call_is_local(streams->call))
        return;
    /* Until a node was heard of, all of it. */
    if (streams->board->heard || (streams->said != NULL
        && strlen(streams->said) > SAID)) {
        free(streams->said);
        streams->said = NULL;
    }
    text_append(&streams->said, "%s\n", line);
}

/* Its nodes have ended with it, as far as that was not known. */
static void
streams_end(struct streams *streams, size_t index, long long now)
{
    struct stream *stream = &streams->stream[index];
    int status = spawn_wait(stream->pid);

    for (size_t i = 0; i < streams->board->count; i++)
        if (streams->board->node[i].stream == stream->pid) {
            board_lose(&streams->board->node[i], now);
            if (streams->said != NULL && streams->board->node[i].said == NULL)
                board_note(&streams->board->node[i], streams->said);
        }
    if (!streams->board->heard)
        streams->status = status ? status : STATUS_INTERNAL;
    reader_close(&stream->out);
    reader_close(&stream->err);
    memmove(stream, stream + 1, (--streams->count - index) * sizeof *stream);
}

void
streams_read(struct streams *streams, long long now)
{
    for (size_t i = 0; i < streams->count; ) {
        struct stream *stream = &streams->stream[i];

        streams->read = stream->pid;
        streams->board->unread += reader_read(&stream->err, take_error,
            streams) + reader_read(&stream->out, take_output, streams);
        if (stream->err.descriptor < 0 && stream->out.descriptor < 0)
            streams_end(streams, i, now);
        else
            i++;
    }
}

long long
streams_retry(struct streams *streams, long long now)
{
    struct board *board = streams->board;
    struct node **due = text_allocate(board->count + 1, sizeof *due);
    struct problem problem = {0};
    long long next = 0;
    size_t count = 0;

    for (size_t i = 0; i < board->count; i++) {
        struct node *node = &board->node[i];

        if (node->stream != 0)
            continue;
        if (node->retry_at <= now) {
            board_retry(node);
            due[count++] = node;
        } else if (next == 0 || node->retry_at < next)
            next = node->retry_at;
    }
    if (count > 0 && !streams_add(streams, due, count, &problem))
        for (size_t i = 0; i < count; i++) {
            board_lose(due[i], now);
            board_note(due[i], problem.text);
        }
    problem_clear(&problem);
    free(due);
    return next;
}

bool
streams_failed(const struct streams *streams, struct problem *problem)
{
    if (streams->count > 0 || streams->board->heard || streams->told)
        return false;
    if (streams->said != NULL && strstr(streams->said, "rcmd module"))
        problem_add(problem, STATUS_UNAVAILABLE, "pdsh does not have our "
            "module, by which nodes are reached; install it, or set "
            "PDSH_MODULE_DIR; see pdsh-celery(7)");
    else if (streams->said != NULL)
        problem_add(problem, streams->status, "%.*s",
            (int)strlen(streams->said) - 1, streams->said);
    else
        problem_add(problem, streams->status, "%s ended with status %d and "
            "said nothing", call_is_local(streams->call)
            ? "celery-tmux-launch status" : "pdsh", streams->status);
    return true;
}

void
streams_close(struct streams *streams)
{
    long long deadline = clock_now() + PATIENCE;

    for (size_t i = 0; i < streams->count; i++)
        kill(streams->stream[i].pid, SIGTERM);
    for (size_t i = 0; i < streams->count; i++) {
        struct stream *stream = &streams->stream[i];

        reader_close(&stream->out);
        reader_close(&stream->err);
        while (waitpid(stream->pid, NULL, WNOHANG) == 0) {
            if (clock_left(deadline) == 0)
                kill(stream->pid, SIGKILL);
            clock_sleep(5);
        }
    }
    free(streams->stream);
    free(streams->said);
    *streams = (struct streams){0};
}
