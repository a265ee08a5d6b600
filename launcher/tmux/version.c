/*
 * version.c - the table of differences between versions of tmux, and
 * the oldest that will do.
 */
#include "tmux/version.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "system/spawn.h"

/* The one of Red Hat Enterprise Linux 8; nothing older was tried. */
enum { OLDEST_MAJOR = 2, OLDEST_MINOR = 7 };

/* Commands of tmux, where 'W' stands for the window. */
struct difference {
    int major, minor;           /* since when `now` will do; below 10 each */
    const char *now, *before;
};

static const struct difference differences[TMUX_DIFFERENCES] = {
    /*
     * Before 3.2 every pane of a window stays or none does.  Ours stays, and
     * a hook of the session closes it; a person may have windows there too,
     * so ours is marked.  In 2.7 a command that a hook runs through if-shell
     * no longer knows which pane it is about, so it goes through a shell.
     */
    [TMUX_KEEP_FAILED] = { 3, 2,
        "set-option -w -t 'W' remain-on-exit failed",
        "set-option -w -t 'W' remain-on-exit on ; "
        "set-option -w -t 'W' @celery-tmux-window 1 ; "
        "set-hook -t 'W' pane-died \"run-shell -b '"
        "test #{@celery-tmux-window}#{pane_dead_status} != 10 || "
        "tmux kill-pane -t #{pane_id} >/dev/null 2>&1 || :'\"" },
};

/*
 * A condition of tmux, true in a server before this version.  2.7 compares no
 * numbers, but knows the patterns of fnmatch(3).
 */
static char *
condition(int major, int minor)
{
    return text_format("#{||:#{m:[0-%d].*,#{version}},"
        "#{||:#{m:%d.[0-%d],#{version}},#{m:%d.[0-%d][!0-9]*,#{version}}}}",
        major - 1, major, minor - 1, major, minor - 1);
}

static char *
command(const char *pattern, const char *window)
{
    char *text = text_copy("");
    size_t part;

    for (; *pattern; pattern += part) {
        if (text_starts(pattern, "'W'")) {
            text_append(&text, "'%s'", window);
            part = strlen("'W'");
        } else {
            part = 1 + strcspn(pattern + 1, "'");
            text_append(&text, "%.*s", (int)part, pattern);
        }
    }
    return text;
}

void
tmux_add_difference(enum tmux_difference difference, const char *window,
    struct words *words)
{
    const struct difference *row = &differences[difference];
    char *is_before = condition(row->major, row->minor);
    char *before = command(row->before, window);
    char *now = command(row->now, window);

    words_add_list(words, "if-shell", "-F", is_before, before, now, NULL);
    free(now);
    free(before);
    free(is_before);
}

bool
tmux_is_too_old(const char *version)
{
    const char *number = version + strcspn(version, "0123456789");
    char *rest;
    long major = strtol(number, &rest, 10);

    if (*number == '\0' || strstr(version, "openbsd") || *rest != '.')
        return false;
    return major < OLDEST_MAJOR || (major == OLDEST_MAJOR
        && strtol(rest + 1, NULL, 10) < OLDEST_MINOR);
}

bool
tmux_version(char **version, struct problem *problem)
{
    struct words words = {0};
    bool good;
    int result;

    words_add_list(&words, "tmux", "-V", NULL);
    good = spawn_run(&words, version, &result, problem);
    words_clear(&words);
    (*version)[strcspn(*version, "\n")] = '\0';
    if (!good)
        return false;
    if (result != 0 || !text_starts(*version, "tmux "))
        return problem_add(problem, STATUS_UNAVAILABLE, "tmux -V says \"%s\" "
            "and ends with status %d; install a tmux that works", *version,
            result);
    return !tmux_is_too_old(*version) || problem_add(problem,
        STATUS_UNAVAILABLE, "%s is too old; install tmux %d.%d or later",
        *version, OLDEST_MAJOR, OLDEST_MINOR);
}
