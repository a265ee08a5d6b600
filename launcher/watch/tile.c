/*
 * tile.c - what one node's worker prints, in a tile of watch.
 *
 *     tile PID START SOCKET WORKER NODE
 *
 * pdsh with our module runs `logs -f` there.  When that ends, for whatever
 * reason, it is run again, after a while that grows.  The process that began
 * the watch is PID; the tile ends when that has, or with its pane.  It takes
 * the server's socket along where PID was killed; other tiles may be there
 * else.
 */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"
#include "system/signals.h"
#include "system/spawn.h"
#include "tmux/tmux.h"

/*
 * Milliseconds from look to look at who began it; and seconds until it is
 * tried again, at first and at most.
 */
enum { LOOK = 1000, FIRST = 1, LONGEST = 30 };

/* Lines from before. */
#define LINES "200"

/*
 * ssh alone would wait for ever for a node that is lost, and the first word
 * said counts.
 */
#define ALIVE "-oServerAliveInterval=5 -oServerAliveCountMax=3"

struct tile {
    struct process watch;       /* who began it */
    const char *worker, *node;
    bool again;                 /* it is not the first time */
    bool connected;
    struct plain plain;
    char *rest;                 /* the beginning of a beat, perhaps */
};

static volatile sig_atomic_t ended;

static void
tile_end(int number)
{
    (void)number;
    ended = 1;
}

static bool
goes_on(const struct tile *tile)
{
    return !ended && proc_life(tile->watch) != LIFE_DEAD;
}

/* The pane's title is ours to set; the output goes past the filter for that,
 * and through one of its own. */
static void
set_title(const struct tile *tile, const char *state)
{
    fprintf(plain_out, "\033]2;%s%s\033\\", tile->node, state);
    fflush(plain_out);
}

/* What is typed goes nowhere: no echo, no signal, and nothing stops us. */
static void
close_input(void)
{
    struct termios terminal;

    if (tcgetattr(STDIN_FILENO, &terminal) != 0)
        return;
    terminal.c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    terminal.c_iflag &= ~(IXON | IXOFF);
    tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
}

/* The node answers: all that is of interest comes once more. */
static void
tile_connect(struct tile *tile)
{
    if (!tile->connected && tile->again)
        fputs("\033[H\033[2J\033[3J", plain_out);
    if (!tile->connected)
        set_title(tile, "");
    tile->connected = true;
}

static void
tile_print(struct tile *tile, const char *text, size_t size)
{
    char *plain = plain_part(&tile->plain, text, size);

    fputs(plain, plain_out);
    fflush(plain_out);
    free(plain);
}

/*
 * Take the beats out of what came, which may cut one in two.  NULs are
 * nothing that could be shown.
 */
static void
tile_take(struct tile *tile, const char *bytes, size_t size)
{
    static const size_t length = sizeof TMUX_BEAT - 1;
    char *text = tile->rest ? tile->rest : text_copy(""), *next, *beat;

    for (size_t i = 0; i < size; i++)
        if (bytes[i] == '\0')
            size = i;
    text_append(&text, "%.*s", (int)size, bytes);
    for (next = text; (beat = strstr(next, TMUX_BEAT)) != NULL;
         next = beat + length) {
        tile_print(tile, next, beat - next);
        tile_connect(tile);
    }
    for (size = length - 1; size > 0; size--)
        if (strlen(next) >= size && strncmp(next + strlen(next) - size,
            TMUX_BEAT, size) == 0)
            break;
    tile_print(tile, next, strlen(next) - size);
    tile->rest = size > 0 ? text_copy(next + strlen(next) - size) : NULL;
    free(text);
}

/* The summary of a call that is made again and again is nobody's. */
static void
add_surroundings(void)
{
    const char *given = getenv("PDSH_SSH_ARGS_APPEND");
    char *all = given && *given ? text_format("%s " ALIVE, given)
        : text_copy(ALIVE);

    setenv("PDSH_SSH_ARGS_APPEND", all, 1);
    unsetenv("PDSH_CELERY_REPORT");
    free(all);
}

static void
call_words(const struct context *context, const struct tile *tile,
    struct words *words)
{
    words_add_list(words, "pdsh", "-R", "celery", "-N", "-w", tile->node,
        "celery-tmux-launch", NULL);
    if (context->options.config != NULL)
        words_addf(words, "--config=%s", context->options.config);
    words_add_list(words, "logs", "--follow", "--beats", "--lines=" LINES,
        "--", NULL);
    if (*tile->worker)
        words_add(words, tile->worker);
}

/* Copy what it prints until it ends, or we do. */
static void
tile_copy(struct tile *tile, int output)
{
    struct pollfd polled = { output, POLLIN, 0 };
    char part[1 << 14];
    ssize_t got = 1;

    while (got != 0 && goes_on(tile))
        if (poll(&polled, 1, LOOK) > 0) {
            got = read(output, part, sizeof part);
            if (got > 0)
                tile_take(tile, part, got);
            else if (got < 0 && errno != EINTR)
                got = 0;
        } else
            tcflush(STDIN_FILENO, TCIFLUSH);
}

/* Why a call could not be begun; another may. */
static void
tile_explain(struct tile *tile, struct problem *problem)
{
    tile_print(tile, problem->text, strlen(problem->text));
    tile_print(tile, "\n", 1);
    problem_clear(problem);
}

/* Once; false when it could not be begun. */
static bool
tile_call(const struct context *context, struct tile *tile,
    struct problem *problem)
{
    struct spawn_setup setup = { .silent_input = true };
    struct words words = {0};
    int ends[2];
    bool good;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return problem_add(problem, STATUS_INTERNAL, "cannot make a pipe: %s; "
            "raise the limit of open files", strerror(errno));
    call_words(context, tile, &words);
    setup.output = setup.error = ends[1];
    good = spawn_start(&words, &setup, &pid, problem);
    words_clear(&words);
    close(ends[1]);
    if (good) {
        tile_copy(tile, ends[0]);
        kill(pid, SIGTERM);
    }
    close(ends[0]);
    if (good)
        spawn_wait(pid);
    free(tile->rest);
    tile->rest = NULL;
    tile->plain = (struct plain){0};
    return good;
}

static void
tile_wait(struct tile *tile, int seconds)
{
    long long deadline = clock_now() + seconds * 1000LL;
    char *state = text_format(tile->connected ? " (ended; again in %d s)"
        : " (not reached; again in %d s)", seconds);

    set_title(tile, state);
    free(state);
    while (goes_on(tile) && clock_left(deadline) > 0)
        clock_sleep(clock_left(deadline) < LOOK ? clock_left(deadline) : LOOK);
}

static enum status
run_tile(struct context *context, struct problem *problem)
{
    struct signals signals = { .number = { SIGHUP, SIGTERM, SIGINT } };
    const struct words *given = &context->options.arguments;
    struct tile tile = {0};
    int pause = FIRST;

    if (given->count != 5) {
        problem_add(problem, STATUS_USAGE, "tile is called by watch; use that");
        return STATUS_USAGE;
    }
    tile.watch.pid = atoi(given->word[0]);
    tile.watch.start = strtoull(given->word[1], NULL, 10);
    tile.worker = given->word[3];
    tile.node = given->word[4];
    plain_pass();
    signals_catch(&signals, tile_end);
    close_input();
    add_surroundings();
    while (goes_on(&tile)) {
        tile.connected = false;
        set_title(&tile, " (connecting)");
        if (!tile_call(context, &tile, problem))
            tile_explain(&tile, problem);
        tile.again = true;
        pause = tile.connected ? FIRST : pause;
        if (goes_on(&tile))
            tile_wait(&tile, pause);
        pause = pause * 2 < LONGEST ? pause * 2 : LONGEST;
    }
    if (proc_life(tile.watch) == LIFE_DEAD)
        unlink(given->word[2]);
    return problem->status;
}

const struct command command_tile = {
    .name = "tile", .usage = "PID START SOCKET WORKER NODE", .internal = true,
    .help = "Show one node's worker; watch calls it.",
    .accepts = ACCEPT_ARGUMENTS,
    .run = run_tile,
};
