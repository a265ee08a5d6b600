/*
 * call.c - what every call of tmux begins with, and what its answers mean.
 */
#include "tmux/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "system/spawn.h"
#include "tmux/version.h"

void
tmux_begin(const struct tmux_session *session, struct words *words)
{
    words_add_list(words, "tmux", "-S", session->socket, NULL);
}

void
tmux_add_target(const struct tmux_session *session, struct words *words)
{
    words_add(words, "-t");
    if (session->pane != NULL)
        words_add(words, session->pane);
    else
        words_addf(words, "=%s:", session->name);
}

/* The last line of what tmux printed, for a sentence; changes `printed`. */
static const char *
last_printed(char *printed)
{
    size_t length = strlen(printed);
    char *line;

    while (length > 0 && printed[length - 1] == '\n')
        printed[--length] = '\0';
    line = strrchr(printed, '\n');
    return line ? line + 1 : printed;
}

bool
tmux_complain(const struct tmux_session *session, char *printed, int result,
    struct problem *problem)
{
    const char *line = last_printed(printed);
    char *version;
    bool good = tmux_version(&version, problem);

    free(version);
    return good && problem_add(problem, STATUS_UNAVAILABLE, "tmux failed on "
        "session %s at %s: it printed \"%s\" and ended with status %d; try "
        "the command again, and tmux by hand",
        session->name, session->socket, line, result);
}

bool
tmux_is_dying(const char *printed)
{
    return strstr(printed, "server exited") != NULL
        || strstr(printed, "lost server") != NULL;
}

/* The messages of tmux for no such session, or no server at all. */
static bool
is_absent(const char *printed)
{
    return strstr(printed, "can't find session") != NULL
        || strstr(printed, "can't find pane") != NULL
        || strstr(printed, "can't find window") != NULL
        || strstr(printed, "no server running") != NULL
        || strstr(printed, "error connecting to") != NULL
        || tmux_is_dying(printed)
        || strstr(printed, "no current target") != NULL;
}

bool
tmux_call(const struct tmux_session *session, struct words *words,
    char **printed, bool *exists, struct problem *problem)
{
    bool good = tmux_gate(session->socket, exists, problem);
    int result;

    if (!good || !*exists)
        *printed = text_copy("");
    else {
        good = spawn_run(words, printed, &result, problem);
        *exists = good && result == 0;
        if (good && result != 0)
            good = is_absent(*printed)
                || tmux_complain(session, *printed, result, problem);
    }
    words_clear(words);
    return good;
}
