/*
 * make.c - makes the session or the window that a worker runs in.
 */
#include "tmux/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/text.h"
#include "system/spawn.h"
#include "tmux/version.h"

void
tmux_add_word(const char *word, struct words *words)
{
    if (text_ends(word, ";"))
        words_addf(words, "%.*s\\;", (int)strlen(word) - 1, word);
    else
        words_add(words, word);
}

/* Options of the session `target`, set before the worker's pane is made. */
static void
add_options(const struct tmux_making *making, const char *target,
    struct words *words)
{
    words_add_list(words, "set-option", "-t", target, "history-limit",
        making->history_limit, ";", NULL);
    words_add_list(words, "set-option", "-t", target, TMUX_MARK, NULL);
    tmux_add_word(making->mark, words);
    words_add(words, ";");
}

/* The program of a window that is being made, then what is set for it. */
static void
add_program(const struct tmux_making *making, const char *window,
    struct words *words)
{
    words_add_list(words, "-n", "worker", "-c", "/", NULL);
    for (size_t i = 0; i < making->program->count; i++)
        tmux_add_word(making->program->word[i], words);
    /* A run that failed stays on the screen for a look. */
    words_add(words, ";");
    tmux_add_difference(TMUX_KEEP_FAILED, window, words);
}

void
tmux_new_session_words(const struct tmux_session *session,
    const struct tmux_making *making, struct words *words)
{
    char *target = text_format("=%s:", session->name);
    char *first = text_format("=%s:^", session->name);

    tmux_begin(session, words);
    words_add_list(words, "new-session", "-d", "-s", session->name, "-x",
        "200", "-y", "50", "-c", "/", "cat", "-", ";", NULL);
    add_options(making, target, words);
    /* Whatever the user likes for sessions of their own, this one stays. */
    words_add_list(words, "set-option", "-t", target, "destroy-unattached",
        "off", ";", NULL);
    words_add_list(words, "new-window", "-k", "-t", first, NULL);
    add_program(making, target, words);
    free(first);
    free(target);
}

bool
tmux_make_socket_directory(const char *socket, struct problem *problem)
{
    const char *slash = strrchr(socket, '/');
    char *directory = text_copy_part(socket, slash ? slash - socket : 0);
    bool good = !*directory || mkdir(directory, 0700) == 0
        || errno == EEXIST || problem_add(problem, STATUS_UNAVAILABLE,
        "cannot create %s for the socket of tmux: %s; set tmux_socket or "
        "TMUX_TMPDIR to a place in a directory of yours", directory,
        strerror(errno));

    free(directory);
    return good;
}

bool
tmux_new_session(const struct tmux_session *session,
    const struct tmux_making *making, bool *exists, struct problem *problem)
{
    struct words words = {0};
    char *printed;
    int result;
    bool good;

    good = tmux_make_socket_directory(session->socket, problem)
        && tmux_gate(session->socket, exists, problem);
    *exists = false;
    if (!good)
        return false;
    tmux_new_session_words(session, making, &words);
    good = spawn_run(&words, &printed, &result, problem);
    for (int again = 0; good && tmux_is_dying(printed) && again < 50;
         again++) {
        free(printed);
        clock_sleep(20);
        good = spawn_run(&words, &printed, &result, problem);
    }
    if (good && result != 0) {
        *exists = strstr(printed, "duplicate session") != NULL;
        good = *exists || tmux_complain(session, printed, result, problem);
    }
    free(printed);
    words_clear(&words);
    return good;
}

bool
tmux_rename_session(const struct tmux_session *session, const char *name,
    bool *taken, struct problem *problem)
{
    struct words words = {0};
    struct problem own = {0};
    char *printed;
    bool exists, good;

    tmux_begin(session, &words);
    words_add(&words, "rename-session");
    tmux_add_target(session, &words);
    words_add(&words, name);
    good = tmux_call(session, &words, &printed, &exists, &own);
    *taken = !good && strstr(own.text, "duplicate session") != NULL;
    if (!good && !*taken)
        problem_add(problem, own.status, "%s", own.text);
    problem_clear(&own);
    free(printed);
    return good || *taken;
}

bool
tmux_new_window(const struct tmux_session *session,
    const struct tmux_making *making, bool *exists, struct problem *problem)
{
    char *target = text_format("=%s:", session->name);
    char *last = text_format("=%s:$", session->name);
    struct words words = {0};
    char *printed;
    bool good;

    tmux_begin(session, &words);
    add_options(making, target, &words);
    words_add_list(&words, "new-window", "-d", "-a", "-t", last, NULL);
    add_program(making, last, &words);
    good = tmux_call(session, &words, &printed, exists, problem);
    free(printed);
    free(last);
    free(target);
    return good;
}
