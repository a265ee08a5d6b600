/*
 * tmux.c - makes, looks at and ends sessions.  Every call of tmux is built
 * here; following a session is in tmux-follow.c.
 */
#include "tmux.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"
#include "text.h"
#include "trust.h"

char *
tmux_default_socket(void)
{
    const char *base = getenv("TMUX_TMPDIR");

    return text_format("%s/tmux-%u/default", base && *base ? base : "/tmp",
        (unsigned)geteuid());
}

/* A ; at the end of a word would end tmux's command there. */
static void
add_escaped(struct words *words, const char *word)
{
    if (text_ends(word, ";"))
        words_addf(words, "%.*s\\;", (int)strlen(word) - 1, word);
    else
        words_add(words, word);
}

static void
begin(const struct tmux_session *session, struct words *words)
{
    words_add(words, "tmux");
    words_add(words, "-S");
    words_add(words, session->socket);
}

static void
add_list(struct words *words, const char *const *list)
{
    for (; *list; list++)
        words_add(words, *list);
}

void
tmux_new_session_words(const struct tmux_session *session,
    const char *history_limit, const struct words *program,
    struct words *words)
{
    char *target = text_format("=%s:", session->name);
    char *first = text_format("=%s:^", session->name);

    begin(session, words);
    add_list(words, (const char *const []){ "new-session", "-d", "-s",
        session->name, "-x", "200", "-y", "50", "-c", "/", "sleep", "3600",
        ";", NULL });
    add_list(words, (const char *const []){ "set-option", "-t", target,
        "history-limit", history_limit, ";", NULL });
    /* Whatever the user likes for sessions of their own, this one stays. */
    add_list(words, (const char *const []){ "set-option", "-t", target,
        "destroy-unattached", "off", ";", NULL });
    add_list(words, (const char *const []){ "new-window", "-k", "-t", first,
        "-n", "worker", "-c", "/", NULL });
    for (size_t i = 0; i < program->count; i++)
        add_escaped(words, program->word[i]);
    /* A run that failed stays on the screen for a look. */
    add_list(words, (const char *const []){ ";", "set-option", "-w", "-t",
        target, "remain-on-exit", "failed", NULL });
    free(first);
    free(target);
}

/* The last line of what tmux printed, for a sentence; changes `printed`. */
static const char *
last_line(char *printed)
{
    size_t length = strlen(printed);
    char *line;

    while (length > 0 && printed[length - 1] == '\n')
        printed[--length] = '\0';
    line = strrchr(printed, '\n');
    return line ? line + 1 : printed;
}

static bool
complain(const struct tmux_session *session, char *printed, int result,
    struct problem *problem)
{
    const char *line = last_line(printed);

    if (strstr(printed, "invalid option") || strstr(printed, "unknown value"))
        return problem_set(problem, STATUS_UNAVAILABLE, "tmux says \"%s\"; "
            "it is older than 3.2, so install a newer one", line);
    return problem_set(problem, STATUS_UNAVAILABLE, "tmux could not handle "
        "session %s on %s: it says \"%s\" and ends with status %d",
        session->name, session->socket, line, result);
}

/*
 * What it says when its server, whose last session has just ended, goes away
 * under its hands.
 */
static bool
is_dying(const char *printed)
{
    return strstr(printed, "server exited") != NULL
        || strstr(printed, "lost server") != NULL;
}

/* What tmux says when there is no such session, or no server at all. */
static bool
is_absent(const char *printed)
{
    return strstr(printed, "can't find session") != NULL
        || strstr(printed, "can't find pane") != NULL
        || strstr(printed, "can't find window") != NULL
        || strstr(printed, "no server running") != NULL
        || strstr(printed, "error connecting to") != NULL
        || is_dying(printed)
        || strstr(printed, "no current target") != NULL;
}

/* Run `words`; `*exists` tells whether there was such a session. */
static bool
call(const struct tmux_session *session, const struct words *words,
    char **printed, bool *exists, struct problem *problem)
{
    int result;

    *exists = false;
    if (access(session->socket, F_OK) != 0) {
        *printed = text_copy("");
        return true;
    }
    if (!process_run(words, printed, &result, problem))
        return false;
    *exists = result == 0;
    return result == 0 || is_absent(*printed)
        || complain(session, *printed, result, problem);
}

/*
 * tmux makes the directory of its default socket only when it is left to
 * name it, and then looks who owns it; so do we.
 */
static bool
prepare_directory(const char *socket, struct problem *problem)
{
    const char *slash = strrchr(socket, '/');
    char *directory = text_copy_part(socket, slash ? slash - socket : 0);
    bool good = true;

    if (*directory) {
        mkdir(directory, 0700);
        good = trust_path(directory, problem);
    }
    free(directory);
    return good;
}

bool
tmux_new_session(const struct tmux_session *session,
    const char *history_limit, const struct words *program, bool *exists,
    struct problem *problem)
{
    struct words words = {0};
    char *printed;
    int result;
    bool good;

    *exists = false;
    if (!prepare_directory(session->socket, problem))
        return false;
    tmux_new_session_words(session, history_limit, program, &words);
    good = process_run(&words, &printed, &result, problem);
    for (int again = 0; good && is_dying(printed) && again < 50; again++) {
        free(printed);
        clock_sleep(20);
        good = process_run(&words, &printed, &result, problem);
    }
    if (good && result != 0) {
        *exists = strstr(printed, "duplicate session") != NULL;
        good = *exists || complain(session, printed, result, problem);
    }
    free(printed);
    words_clear(&words);
    return good;
}

bool
tmux_kill_session(const struct tmux_session *session,
    struct problem *problem)
{
    struct words words = {0};
    char *printed;
    bool exists, good;

    begin(session, &words);
    words_add(&words, "kill-session");
    words_add(&words, "-t");
    words_addf(&words, "=%s:", session->name);
    good = call(session, &words, &printed, &exists, problem);
    free(printed);
    words_clear(&words);
    return good;
}

bool
tmux_look(const struct tmux_session *session, bool *exists, pid_t *pid,
    struct problem *problem)
{
    struct words words = {0};
    char *printed;
    bool good;

    *pid = 0;
    begin(session, &words);
    words_add(&words, "display-message");
    words_add(&words, "-p");
    words_add(&words, "-t");
    words_addf(&words, "=%s:", session->name);
    words_add(&words, "#{?pane_dead,0,#{pane_pid}}");
    good = call(session, &words, &printed, exists, problem);
    /* A server without that session finds nothing wrong, and prints nothing. */
    *exists = good && *exists && isdigit((unsigned char)*printed);
    if (*exists)
        *pid = atoi(printed);
    free(printed);
    words_clear(&words);
    return good;
}

pid_t
tmux_server(const char *socket)
{
    struct tmux_session session = { socket, "" };
    struct problem ignored = {0};
    struct words words = {0};
    char *printed;
    int result;
    pid_t pid;

    begin(&session, &words);
    add_list(&words, (const char *const []){ "display-message", "-p",
        "#{pid}", NULL });
    pid = process_run(&words, &printed, &result, &ignored) && result == 0
        ? atoi(printed) : 0;
    free(printed);
    problem_clear(&ignored);
    words_clear(&words);
    return pid;
}

bool
tmux_capture(const struct tmux_session *session, long lines, char **text,
    struct problem *problem)
{
    struct words words = {0};
    bool exists, good;

    *text = NULL;
    begin(session, &words);
    add_list(&words, (const char *const []){ "capture-pane", "-p", "-J",
        "-S", NULL });
    words_addf(&words, "-%ld", lines + 50);
    words_add(&words, "-t");
    words_addf(&words, "=%s:", session->name);
    good = call(session, &words, text, &exists, problem);
    if (good && exists)
        tmux_keep_last(*text, lines);
    else {
        free(*text);
        *text = NULL;
    }
    words_clear(&words);
    return good;
}

/* Are we in a pane of this very server? */
static bool
is_inside(const struct tmux_session *session)
{
    const char *tmux = getenv("TMUX");
    size_t length = strlen(session->socket);

    return tmux != NULL && strncmp(tmux, session->socket, length) == 0
        && tmux[length] == ',';
}

bool
tmux_attach(const struct tmux_session *session, bool write,
    struct problem *problem)
{
    bool inside = is_inside(session), good;
    char *target = text_format("=%s:", session->name);
    struct words words = {0};

    begin(session, &words);
    if (inside) {
        /* A client made read-only would stay so in its own sessions. */
        add_list(&words, (const char *const []){ "select-pane",
            write ? "-e" : "-d", "-t", target, ";", "switch-client", "-t",
            target, NULL });
    } else {
        unsetenv("TMUX");
        if (write)
            add_list(&words, (const char *const []){ "select-pane", "-e",
                "-t", target, ";", NULL });
        add_list(&words, (const char *const []){ "attach-session",
            "-t", target, write ? NULL : "-r", NULL });
    }
    good = process_become(&words, problem);
    words_clear(&words);
    free(target);
    return good;
}
