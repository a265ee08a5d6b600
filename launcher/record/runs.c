/*
 * runs.c - the directories runs/NUMBER of a record, and which is current.
 */
#include "record/runs.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "record/history.h"

/* Digits of a number; a name of any other length is none of a run. */
enum { DIGITS = 8 };

static bool
is_name(const char *name)
{
    size_t length = strspn(name, "0123456789");

    return length == DIGITS && name[length] == '\0';
}

static void
name_run(const struct record *worker, const char *name, struct record *run)
{
    *run = (struct record){
        .directory = text_format("%s/runs/%s", worker->directory, name)
    };
}

/* Newest first, without their path. */
static void
list_names(const struct record *worker, struct words *names)
{
    char *path = text_format("%s/runs", worker->directory);
    DIR *directory = opendir(path);
    struct dirent *file;

    while (directory != NULL && (file = readdir(directory)) != NULL)
        if (is_name(file->d_name))
            words_add(names, file->d_name);
    if (directory != NULL)
        closedir(directory);
    words_sort(names);
    for (size_t i = 0; i < names->count / 2; i++) {
        char *name = names->word[i];

        names->word[i] = names->word[names->count - 1 - i];
        names->word[names->count - 1 - i] = name;
    }
    free(path);
}

/* The last that was begun or, of those, the last that is ready for tasks. */
static bool
find_newest(const struct record *worker, bool ready, struct record *run)
{
    struct words names = {0};
    bool found = false;

    list_names(worker, &names);
    for (size_t i = 0; i < names.count && !found; i++) {
        struct run what;

        name_run(worker, names.word[i], run);
        record_read_run(run, &what);
        found = ready ? what.state == RUN_RUNNING && run_is_alive(&what)
            : what.state != RUN_NONE && what.state != RUN_PLANNED;
        run_clear(&what);
        if (!found)
            record_clear(run);
    }
    words_clear(&names);
    return found;
}

/* Should the file `current` be lost.  One that starts may come to nothing. */
static bool
guess_current(const struct record *worker, struct record *run)
{
    return find_newest(worker, true, run) || find_newest(worker, false, run);
}

int
runs_current(const struct record *worker, struct record *run)
{
    char *name = record_read(worker, "current");
    /* A link there is none of ours. */
    int unread = errno == ELOOP ? 0 : record_unread(name);
    bool named = name != NULL && is_name(name);

    if (named)
        name_run(worker, name, run);
    else if (record_has(worker, "run") || !guess_current(worker, run))
        *run = (struct record){ .directory = text_copy(worker->directory) };
    free(name);
    return unread;
}

/*
 * It may have been replaced and pruned since it was named.  One that is named
 * was written before that: what is missing was lost.
 */
void
runs_read(const struct record *worker, struct record *at, struct run *run)
{
    struct record current;

    for (;;) {
        int unread = runs_current(worker, &current);

        record_read_run(&current, run);
        if (unread != 0)
            run->unread = unread;
        if (run->state != RUN_NONE || unread != 0
            || runs_is_current(worker, &current))
            break;
        run_clear(run);
        record_clear(&current);
    }
    if (run->state == RUN_NONE && !*run->id && run->unread == 0
        && strcmp(current.directory, worker->directory) != 0)
        run->broken = true;
    if (at != NULL)
        *at = current;
    else
        record_clear(&current);
}

bool
runs_is_current(const struct record *worker, const struct record *run)
{
    struct record current;
    bool is;

    runs_current(worker, &current);
    is = strcmp(current.directory, run->directory) == 0;
    record_clear(&current);
    return is;
}

/* Of a directory of an earlier version it is the same. */
void
runs_worker(const struct record *run, struct record *worker)
{
    const char *name = strrchr(run->directory, '/');
    size_t length = name == NULL ? 0 : name - run->directory;
    size_t runs = strlen("/runs");

    *worker = (struct record){0};
    if (name != NULL && is_name(name + 1) && length > runs
        && strncmp(name - runs, "/runs", runs) == 0)
        worker->directory = text_copy_part(run->directory, length - runs);
    else
        worker->directory = text_copy(run->directory);
}

bool
runs_set_current(const struct record *worker, const struct record *run,
    struct problem *problem)
{
    bool good;

    record_sync(run);
    good = record_keep(worker, "current", strrchr(run->directory, '/') + 1,
        problem);
    record_sync(worker);
    return good;
}

void
runs_foresee(const struct record *worker, struct record *run)
{
    struct words names = {0};
    char *name;
    long last;

    list_names(worker, &names);
    last = names.count > 0 ? strtol(names.word[0], NULL, 10) : 0;
    name = text_format("%0*ld", DIGITS, last + 1);
    name_run(worker, name, run);
    free(name);
    words_clear(&names);
}

/* Its name is to stay when the power fails. */
static bool
make_directory(const struct record *worker, const struct record *run)
{
    char *runs = text_format("%s/runs", worker->directory);
    bool made = mkdir(run->directory, 0700) == 0 && file_sync_directory(runs);

    free(runs);
    return made;
}

bool
runs_make(const struct record *worker, struct record *run,
    struct problem *problem)
{
    runs_foresee(worker, run);
    if (!make_directory(worker, run))
        return problem_add(problem, STATUS_UNAVAILABLE, "cannot create the "
            "directory %s: %s; %s", run->directory, strerror(errno),
            problem_way_out(errno, "make room there, or set state_dir to "
            "another directory"));
    return record_make_directory(run, "python", problem);
}

void
runs_list(const struct record *worker, struct words *directories)
{
    struct words names = {0};

    list_names(worker, &names);
    for (size_t i = 0; i < names.count; i++)
        words_addf(directories, "%s/runs/%s", worker->directory,
            names.word[i]);
    if (record_has(worker, "run"))
        words_add(directories, worker->directory);
    words_clear(&names);
}

static int
remove_file(const char *path, const struct stat *status, int type,
    struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    remove(path);
    return 0;
}

/* All of it where there is no name; of a link, that alone. */
static void
remove_tree(const struct record *run, const char *name)
{
    char *path = *name ? text_format("%s/%s", run->directory, name)
        : text_copy(run->directory);

    nftw(path, remove_file, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}

/* Is it over, for sure, and is there nobody left to be swept? */
static bool
is_over(const struct record *run)
{
    struct run what;
    bool over;

    record_read_run(run, &what);
    over = !what.unread && !what.broken && (what.state == RUN_NONE
        || what.state == RUN_ENDED
        || (what.state == RUN_STARTING && what.runner.pid == 0));
    run_clear(&what);
    return over;
}

/* What an earlier version has left in the worker's own directory. */
static void
prune_earlier(const struct record *worker)
{
    static const char *const files[] = {
        "run", "worker", "next", "home", "health", "stacks", "python",
        "renamed",
        "runs/1", "runs/2", "runs/3", "runs/4", "runs/5",
    };

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        remove_tree(worker, files[i]);
}

static void
prune_run(const struct record *run, bool remembered)
{
    static const char *const files[] = {
        "worker", "home", "health", "python", "renamed", "run"
    };

    if (!remembered)
        remove_tree(run, "");
    else
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
            remove_tree(run, files[i]);
}

void
runs_prune(const struct record *worker)
{
    struct record current, planned;
    struct words directories = {0};
    size_t ended = 0;

    runs_current(worker, &current);
    runs_next(worker, &planned);
    runs_list(worker, &directories);
    for (size_t i = 0; i < directories.count; i++) {
        struct record run = { .directory = directories.word[i] };
        bool remembered = record_has(&run, "end") && ended < HISTORY_RUNS;

        ended += remembered;
        if (strcmp(run.directory, current.directory) == 0
            || strcmp(run.directory, planned.directory) == 0 || !is_over(&run))
            continue;
        if (strcmp(run.directory, worker->directory) == 0)
            prune_earlier(worker);
        else
            prune_run(&run, remembered);
    }
    words_clear(&directories);
    record_clear(&planned);
    record_clear(&current);
}
