/*
 * session.c - tells a worker's session from those of others, brings runners in
 * and out, and gives it another name where a new run is to have its own.
 */
#include "lifecycle/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

/* A session may end between the look at it and what is done about it. */
enum { TRIES = 5 };

/* By whatever path the record is reached. */
static bool
is_marked(const struct job *job, const struct tmux_view *view)
{
    struct stat mark, record;

    return view->mark != NULL && stat(view->mark, &mark) == 0
        && stat(job->record.directory, &record) == 0
        && mark.st_dev == record.st_dev && mark.st_ino == record.st_ino;
}

/* tmux may have missed its end (F12). */
static bool
is_living(const struct tmux_pane *pane)
{
    struct process process;

    return !pane->dead && proc_look(pane->pid, &process) != LIFE_DEAD;
}

static bool
is_within(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    return strncmp(path, directory, length) == 0
        && (path[length] == '/' || path[length] == '\0');
}

/* The record that a runner was called with; NULL: it is none of ours. */
static char *
record_of_runner(pid_t pid)
{
    struct words words = {0};
    bool is = proc_is_own(pid) && proc_command(pid, &words)
        && words.count == 3 && strcmp(words.word[1], "run") == 0;
    char *directory = is ? text_copy(words.word[2]) : NULL;

    words_clear(&words);
    return directory;
}

bool
session_is_runner(const char *directory, pid_t pid)
{
    char *record = record_of_runner(pid);
    bool is = record != NULL && is_within(record, directory);

    free(record);
    return is;
}

/* A shell without a script, a command or a child waits for somebody. */
static bool
is_idle_shell(const struct tmux_pane *pane)
{
    static const char *const shells[] = {
        "sh", "bash", "dash", "zsh", "ksh", "mksh", "fish", "tcsh", "csh",
        "ash", NULL
    };
    struct words words = {0};
    struct process_list children = {0};
    bool shell = false, idle;
    const char *name;

    if (proc_is_own(pane->pid) && proc_command(pane->pid, &words)
        && words.count > 0) {
        name = strrchr(words.word[0], '/') ? strrchr(words.word[0], '/') + 1
            : words.word[0] + (*words.word[0] == '-');
        for (size_t i = 0; shells[i]; i++)
            shell = shell || strcmp(shells[i], name) == 0;
        for (size_t i = 1; i < words.count; i++)
            shell = shell && (strcmp(words.word[i], "-l") == 0
                || strcmp(words.word[i], "-i") == 0
                || strcmp(words.word[i], "--login") == 0);
    }
    idle = shell && proc_descendants(pane->pid, &children)
        && children.count == 0;
    process_list_clear(&children);
    words_clear(&words);
    return idle;
}

/* Versions before the mark wrote down no pane either. */
static bool
is_of_older_version(const struct run *before)
{
    return before->runner.pid != 0 && !*before->pane
        && run_is_of_this_boot(before);
}

static enum session_use
use_of(const struct job *job, const struct run *before,
    const struct tmux_view *view)
{
    bool ours = is_marked(job, view) || is_of_older_version(before);
    size_t living = 0;

    for (size_t i = 0; i < view->count; i++) {
        living += is_living(&view->pane[i]);
        /* The last one may be on its way out. */
        if (ours && is_living(&view->pane[i])
            && view->pane[i].pid != before->runner.pid
            && session_is_runner(job->record.directory, view->pane[i].pid))
            return SESSION_AWAITED;
    }
    if (ours)
        return living == 0 ? SESSION_LEFT : SESSION_SHARED;
    return view->count == 1 && run_is_before_boot(before)
        && is_idle_shell(&view->pane[0]) ? SESSION_IDLE : SESSION_UNMANAGED;
}

/* By its name, whatever pane is known. */
static struct tmux_session
named(const struct job *job)
{
    return (struct tmux_session){ job->socket, job->worker->session, NULL,
        0 };
}

bool
session_look(struct job *job, const struct run *before,
    struct tmux_view *view, enum session_use *use)
{
    struct tmux_session session = named(job);
    bool good = tmux_look(&session, view, &job->problem);

    *use = view->count > 0 ? use_of(job, before, view) : SESSION_NONE;
    return good;
}

/* There is a session of that name: what is to be done about it? */
static bool
share(struct job *job, const struct run *before,
    const struct tmux_making *making, bool *done, bool *unmanaged)
{
    struct tmux_session session = named(job);
    struct tmux_view view;
    enum session_use use;
    bool good = session_look(job, before, &view, &use);

    tmux_view_clear(&view);
    if (!good)
        return false;
    switch (use) {
    case SESSION_NONE:
        return true;
    case SESSION_LEFT:
    case SESSION_IDLE:
        return tmux_kill_session(&session, &job->problem);
    case SESSION_SHARED:
        return tmux_new_window(&session, making, done, &job->problem);
    case SESSION_UNMANAGED:
        *unmanaged = true;
        break;
    case SESSION_AWAITED:
        break;
    }
    *done = true;
    return true;
}

bool
session_enter(struct job *job, const struct run *before,
    const struct words *program, bool *unmanaged)
{
    struct tmux_session session = named(job);
    const struct tmux_making making = {
        .history_limit = layer_text(&job->worker->layer,
            SETTING_TMUX_HISTORY_LIMIT),
        .mark = job->record.directory, .program = program,
    };
    bool done = false, good = true, exists;

    *unmanaged = false;
    for (int i = 0; i < TRIES && good && !done; i++) {
        good = tmux_new_session(&session, &making, &exists, &job->problem);
        done = good && !exists;
        if (good && exists)
            good = share(job, before, &making, &done, unmanaged);
    }
    return good && (done || problem_add(&job->problem, STATUS_UNAVAILABLE,
        "%s: its session %s keeps appearing and disappearing; try again",
        job->worker->name,
        job->worker->session));
}

bool
session_check(struct job *job)
{
    char *socket = job->socket;
    struct tmux_view view;
    enum session_use use;
    bool good;

    job->socket = job_new_socket(job);
    good = session_look(job, &job->run, &view, &use);
    if (good && use == SESSION_UNMANAGED)
        good = problem_add(&job->problem, STATUS_UNAVAILABLE, "%s: still "
            "running, because the next run would meet a session %s that this "
            "program did not start; set session to another name",
            job->worker->name,
            job->worker->session);
    tmux_view_clear(&view);
    free(job->socket);
    job->socket = socket;
    return good;
}

void
session_clear_left(struct job *job)
{
    struct tmux_session session = named(job);
    struct problem ignored = {0};
    struct tmux_view view;
    enum session_use use;

    if (session_look(job, &job->run, &view, &use) && use == SESSION_LEFT)
        tmux_kill_session(&session, &ignored);
    tmux_view_clear(&view);
    problem_clear(&ignored);
}

/*
 * Whatever is dead without a pid is taken for the older version's.  Another run
 * of the worker may live in the next pane.
 */
static bool
is_runners(const struct job *job, const struct tmux_pane *pane)
{
    char *record;
    bool is;

    if (pane->pid == 0)
        return is_of_older_version(&job->run);
    record = record_of_runner(pane->pid);
    is = pane->pid == job->run.runner.pid
        || (record != NULL && strcmp(record, job->at.directory) == 0);
    free(record);
    return is;
}

bool
session_close(struct job *job)
{
    struct tmux_session session = job_session(job);
    struct tmux_view view;
    bool good;

    if (session.pane != NULL)
        return tmux_kill_pane(&session, &job->problem);
    if (!run_is_of_this_boot(&job->run) || !job_has_screen(job))
        return true;
    good = tmux_look(&session, &view, &job->problem);
    for (size_t i = 0; good && i < view.count; i++)
        if (is_runners(job, &view.pane[i])) {
            session.pane = view.pane[i].id;
            good = tmux_kill_pane(&session, &job->problem);
        }
    tmux_view_clear(&view);
    return good;
}

/*
 * The file in the record of a run that remembers that its session has another
 * name than the worker's, for whoever comes after a call that was killed.
 */
static const char renamed[] = "renamed";

/* The first of NAME~old, NAME~old2, … that is free. */
static bool
rename_old(struct job *job, const struct tmux_session *session)
{
    bool taken = true, good = true;

    for (int i = 1; good && taken && i <= 100; i++) {
        char *name = i == 1
            ? text_format("%s~old", job->worker->session)
            : text_format("%s~old%d", job->worker->session, i);

        good = tmux_rename_session(session, name, &taken, &job->problem);
        free(name);
    }
    return good && (!taken || problem_add(&job->problem, STATUS_UNAVAILABLE,
        "%s: a hundred sessions are called %s~old; end some of them",
        job->worker->name, job->worker->session));
}

bool
session_make_way(struct job *job)
{
    struct tmux_session session = job_session(job);

    return session.pane == NULL
        || (record_write(&job->at, renamed, "", &job->problem)
            && rename_old(job, &session));
}

bool
session_made_way(const struct record *run)
{
    return record_has(run, renamed);
}

void
session_restore_name(struct job *job)
{
    struct tmux_session session = job_session(job);
    struct problem ignored = {0};
    bool taken;

    if (job->alive && session.pane != NULL && session_made_way(&job->at)
        && tmux_rename_session(&session, session.name, &taken, &ignored)
        && !taken)
        record_remove(&job->at, renamed);
    problem_clear(&ignored);
}
