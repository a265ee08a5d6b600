/*
 * tiles.c - makes tiles, shows and ends them.
 */
#include "tmux/tiles.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "system/spawn.h"
#include "tmux/call.h"

/* How the only session is addressed, and the window that was made last. */
#define SESSION "=watch:"
#define LAST_WINDOW "=watch:$"
#define FIRST_TILE "=watch:$.0"

/*
 * Words of commands that follow one another, each ended by a NULL.  Before 3.0
 * tmux obeys /etc/tmux.conf whatever -f says.
 */
static const char *const settings[] = {
    "set-option", "-g", "prefix", "None", NULL,
    "set-option", "-g", "prefix2", "None", NULL,
    "set-option", "-g", "status-left", " watch ", NULL,
    "set-option", "-g", "status-right",
    " arrows: choose  z: zoom  n, p: pages  q: end ", NULL,
    "set-option", "-g", "status-right-length", "60", NULL,
    "set-option", "-g", "escape-time", "20", NULL,
    "set-window-option", "-g", "pane-base-index", "0", NULL,
    "set-window-option", "-g", "remain-on-exit", "off", NULL,
    "set-window-option", "-g", "allow-rename", "off", NULL,
    "set-window-option", "-g", "automatic-rename", "off", NULL,
    "set-window-option", "-g", "pane-border-status", "top", NULL,
    "set-window-option", "-g", "pane-border-format", " #{pane_title} ", NULL,
    "set-window-option", "-g", "window-status-format", "page #W", NULL,
    "set-window-option", "-g", "window-status-current-format", "[page #W]",
    NULL,
    "bind-key", "-n", "q", "kill-session", NULL,
    "bind-key", "-n", "C-c", "kill-session", NULL,
    "bind-key", "-n", "n", "next-window", NULL,
    "bind-key", "-n", "p", "previous-window", NULL,
    "bind-key", "-n", "NPage", "next-window", NULL,
    "bind-key", "-n", "PPage", "previous-window", NULL,
    "bind-key", "-n", "z", "resize-pane", "-Z", NULL,
    "bind-key", "-n", "Up", "select-pane", "-U", NULL,
    "bind-key", "-n", "Down", "select-pane", "-D", NULL,
    "bind-key", "-n", "Left", "select-pane", "-L", NULL,
    "bind-key", "-n", "Right", "select-pane", "-R", NULL,
    "set-hook", "-g", "client-resized", "select-layout tiled", NULL,
    NULL
};

static void
tiles_begin(const struct tmux_tiles *tiles, struct words *words)
{
    words_add_list(words, "tmux", "-f", "/dev/null", "-S", tiles->socket,
        NULL);
}

static void
add_program(const struct words *program, const char *name,
    struct words *words)
{
    words_add_list(words, "-c", "/", NULL);
    for (size_t i = 0; i < program->count; i++)
        tmux_add_word(program->word[i], words);
    tmux_add_word(name, words);
}

/* Is it done?  `*printed`, freed by the caller, says why not. */
static bool
tiles_call(struct words *words, char **printed, struct problem *problem)
{
    int result = 0;
    bool good = spawn_run(words, printed, &result, problem);

    words_clear(words);
    return good && result == 0;
}

static bool
tiles_complain(const struct tmux_tiles *tiles, char *printed,
    struct problem *problem)
{
    const struct tmux_session session = {
        .socket = tiles->socket, .name = "watch"
    };

    return problem->text == NULL
        && tmux_complain(&session, printed, 1, problem);
}

/* The session, with its first tile. */
static bool
make_first(const struct tmux_tiles *tiles, const struct words *program,
    const char *name, struct problem *problem)
{
    struct words words = {0};
    char *printed;
    bool good;

    tiles_begin(tiles, &words);
    words_add_list(&words, "new-session", "-d", "-s", "watch", "-n", "1",
        "-x", NULL);
    words_addf(&words, "%d", tiles->columns);
    words_add(&words, "-y");
    words_addf(&words, "%d", tiles->lines);
    add_program(program, name, &words);
    for (const char *const *word = settings; *word; word++)
        for (words_add(&words, ";"); *word; word++)
            words_add(&words, *word);
    good = tiles_call(&words, &printed, problem)
        || tiles_complain(tiles, printed, problem);
    free(printed);
    return good;
}

/* In the last window, behind the tile made last, or in one more. */
static bool
make_next(const struct tmux_tiles *tiles, const struct words *program,
    const char *name, size_t *windows, size_t *here, struct problem *problem)
{
    struct words words = {0};
    char *printed = NULL;
    bool good = false;

    if (*here < tiles->most) {
        tiles_begin(tiles, &words);
        words_add_list(&words, "split-window", "-t", LAST_WINDOW, NULL);
        add_program(program, name, &words);
        words_add_list(&words, ";", "select-layout", "-t", LAST_WINDOW,
            "tiled", NULL);
        good = tiles_call(&words, &printed, problem);
        ++*here;
    }
    if (!good && problem->text == NULL) {
        free(printed);
        tiles_begin(tiles, &words);
        words_add_list(&words, "select-pane", "-t", FIRST_TILE, ";",
            "new-window", "-d", "-a", "-t", LAST_WINDOW,
            "-n", NULL);
        words_addf(&words, "%zu", ++*windows);
        add_program(program, name, &words);
        good = tiles_call(&words, &printed, problem)
            || tiles_complain(tiles, printed, problem);
        *here = 1;
    }
    free(printed);
    return good;
}

static bool
choose_first(const struct tmux_tiles *tiles, struct problem *problem)
{
    struct words words = {0};
    char *printed;
    bool good;

    tiles_begin(tiles, &words);
    words_add_list(&words, "select-pane", "-t", FIRST_TILE, NULL);
    good = tiles_call(&words, &printed, problem)
        || tiles_complain(tiles, printed, problem);
    free(printed);
    return good;
}

bool
tmux_tiles_make(const struct tmux_tiles *tiles, const struct words *program,
    const struct words *names, struct problem *problem)
{
    size_t windows = 1, here = 1;
    bool exists, good;

    good = tmux_make_socket_directory(tiles->socket, problem)
        && tmux_gate(tiles->socket, &exists, problem)
        && make_first(tiles, program, names->word[0], problem);
    for (size_t i = 1; good && i < names->count; i++)
        good = make_next(tiles, program, names->word[i], &windows, &here,
            problem);
    return good && choose_first(tiles, problem);
}

/* They are there, and cannot be seen; tmux has said why. */
static bool
check_terminal(const struct tmux_tiles *tiles, struct problem *problem)
{
    const char *type = getenv("TERM");
    struct words words = {0};
    char *printed;
    bool there;

    tiles_begin(tiles, &words);
    words_add_list(&words, "has-session", "-t", SESSION, NULL);
    there = tiles_call(&words, &printed, problem);
    free(printed);
    return !there || problem_add(problem, STATUS_USAGE, "tmux cannot use this "
        "terminal, which is of the type \"%s\"; set TERM to another, to "
        "xterm for one", type ? type : "");
}

bool
tmux_tiles_show(const struct tmux_tiles *tiles, struct problem *problem)
{
    struct spawn_setup setup = {0};
    struct words words = {0};
    int result = 1;
    bool good;
    pid_t pid;

    tiles_begin(tiles, &words);
    words_add_list(&words, "attach-session", "-t", SESSION, NULL);
    unsetenv("TMUX");
    good = spawn_start(&words, &setup, &pid, problem);
    if (good)
        result = spawn_wait(pid);
    words_clear(&words);
    good = good && (result == 0 || check_terminal(tiles, problem));
    tmux_tiles_end(tiles);
    return good && result == 0;
}

void
tmux_tiles_end(const struct tmux_tiles *tiles)
{
    struct problem ignored = {0};
    struct words words = {0};
    char *printed;

    tiles_begin(tiles, &words);
    words_add(&words, "kill-server");
    tiles_call(&words, &printed, &ignored);
    free(printed);
    problem_clear(&ignored);
    unlink(tiles->socket);
}
