/*
 * tmux.c - looks at sessions, shows them, and ends them.  Every call of
 * tmux is built here and in its neighbours: tmux/make.c makes a session,
 * tmux/follow.c follows one, tmux/call.c has what all of them do, and
 * tmux/version.c what differs between versions of tmux.
 */
#include "tmux/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "system/spawn.h"

char *
tmux_default_socket(void)
{
    const char *base = getenv("TMUX_TMPDIR");

    return text_format("%s/tmux-%u/default", base && *base ? base : "/tmp",
        (unsigned)geteuid());
}

static bool
tmux_end(const struct tmux_session *session, const char *command,
    struct problem *problem)
{
    struct words words = {0};
    char *printed;
    bool exists, good;

    tmux_begin(session, &words);
    words_add(&words, command);
    tmux_add_target(session, &words);
    good = tmux_call(session, &words, &printed, &exists, problem);
    free(printed);
    return good;
}

bool
tmux_kill_session(const struct tmux_session *session,
    struct problem *problem)
{
    struct tmux_session by_name = { session->socket, session->name, NULL, 0 };

    return tmux_end(&by_name, "kill-session", problem);
}

/* Another server may listen there by now, whose "%N" is somebody else's. */
bool
tmux_kill_pane(const struct tmux_session *session, struct problem *problem)
{
    struct words words = {0};
    char *printed;
    bool exists, good;

    if (session->pane == NULL || session->server == 0)
        return tmux_end(session, "kill-pane", problem);
    tmux_begin(session, &words);
    words_add_list(&words, "if-shell", "-F", NULL);
    words_addf(&words, "#{==:#{pid},%d}", (int)session->server);
    words_addf(&words, "kill-pane -t %s", session->pane);
    good = tmux_call(session, &words, &printed, &exists, problem);
    free(printed);
    return good;
}

/*
 * A line of list-panes: the pane's id, is it dead, its pid, the mark.  From
 * 3.8 on tmux no longer knows the pid of a dead one.
 */
static void
read_pane(const struct tmux_session *session, const char *line,
    struct tmux_view *view)
{
    struct tmux_pane pane = {0};
    int dead, pid, mark = 0;

    if (sscanf(line, "%15s %d %d %n", pane.id, &dead, &pid, &mark) != 3
        || (session->pane && strcmp(pane.id, session->pane) != 0))
        return;
    pane.dead = dead;
    pane.pid = pid;
    view->pane = text_reallocate(view->pane, view->count + 1,
        sizeof *view->pane);
    view->pane[view->count++] = pane;
    if (view->mark == NULL)
        view->mark = text_copy(line + mark);
}

bool
tmux_look(const struct tmux_session *session, struct tmux_view *view,
    struct problem *problem)
{
    struct words words = {0}, lines = {0};
    char *printed;
    bool good, exists;

    *view = (struct tmux_view){0};
    tmux_begin(session, &words);
    words_add(&words, "list-panes");
    if (session->pane == NULL)
        words_add(&words, "-s");
    tmux_add_target(session, &words);
    words_add_list(&words, "-F", "#{pane_id} #{pane_dead} 0#{pane_pid} "
        "#{" TMUX_MARK "}", NULL);
    good = tmux_call(session, &words, &printed, &exists, problem);
    if (good && exists)
        words_add_parts(&lines, printed, "\n");
    for (size_t i = 0; i < lines.count; i++)
        read_pane(session, lines.word[i], view);
    free(printed);
    words_clear(&lines);
    return good;
}

void
tmux_view_clear(struct tmux_view *view)
{
    free(view->pane);
    free(view->mark);
    *view = (struct tmux_view){0};
}

pid_t
tmux_server(const char *socket)
{
    struct tmux_session session = { socket, "", NULL, 0 };
    struct problem ignored = {0};
    struct words words = {0};
    char *printed;
    bool exists;
    pid_t pid;

    tmux_begin(&session, &words);
    words_add_list(&words, "display-message", "-p", "#{pid}", NULL);
    pid = tmux_call(&session, &words, &printed, &exists, &ignored) && exists
        ? atoi(printed) : 0;
    free(printed);
    problem_clear(&ignored);
    return pid;
}

bool
tmux_capture(const struct tmux_session *session, long lines, char **text,
    struct problem *problem)
{
    struct words words = {0};
    char *printed;
    bool exists, good;

    tmux_begin(session, &words);
    words_add_list(&words, "capture-pane", "-p", "-J", "-S", NULL);
    words_addf(&words, "-%ld", lines + 50);
    tmux_add_target(session, &words);
    good = tmux_call(session, &words, &printed, &exists, problem);
    *text = good && exists ? tmux_last_lines(printed, lines) : NULL;
    free(printed);
    return good;
}

/* Are we in a pane of this very server? */
static bool
tmux_is_inside(const struct tmux_session *session)
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
    bool inside = tmux_is_inside(session), exists, good;
    struct words words = {0};

    if (!tmux_gate(session->socket, &exists, problem))
        return false;
    tmux_begin(session, &words);
    if (inside || write) {
        /* A client made read-only would stay so in its own sessions. */
        words_add_list(&words, "select-pane", write ? "-e" : "-d", NULL);
        tmux_add_target(session, &words);
        words_add(&words, ";");
    }
    words_add(&words, inside ? "switch-client" : "attach-session");
    tmux_add_target(session, &words);
    if (!inside && !write)
        words_add(&words, "-r");
    if (!inside)
        unsetenv("TMUX");
    good = spawn_become(&words, problem);
    words_clear(&words);
    return good;
}
