/*
 * unit-help.h - what tests of the program's own types share: lists of words
 * and problems compared in one line, a directory of one's own with files, a
 * record or a repository in it, workers resolved from a text, and how the time
 * grows that work takes.
 */
#ifndef UNIT_HELP_H
#define UNIT_HELP_H

#include <fcntl.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

#include "base/problem.h"
#include "base/text.h"
#include "base/words.h"
#include "config/config.h"
#include "record/record.h"
#include "system/spawn.h"
#include "worker/worker.h"

/* The words, quoted for a shell where they must be, read `wanted`. */
static inline void
same_line(size_t row, const struct words *words, const char *desired)
{
    char *line = words_to_shell(words);

    same_text(row, line, desired);
    free(line);
}

/* The problem is exactly this one; it is cleared. */
static inline void
same_problem(size_t row, struct problem *problem, enum status status,
    const char *text)
{
    same_text(row, problem->text, text);
    ck_assert_msg(problem->status == status, "row %zu: status %d, wanted %d",
        row, (int)problem->status, (int)status);
    problem_clear(problem);
}

/* No problem; a sentence where none is wanted is shown. */
static inline void
no_problem(size_t row, const struct problem *problem)
{
    ck_assert_msg(problem->text == NULL && problem->status == STATUS_DONE,
        "row %zu: %s (%d)", row, problem->text, (int)problem->status);
}

/* A new directory that nobody else can write, without symbolic links. */
static inline char *
scratch_make(void)
{
    const char *base = getenv("TMPDIR");
    char *name = text_format("%s/celery-tmux-unit.XXXXXX",
        base && *base ? base : "/tmp");
    char *path;

    ck_assert_ptr_nonnull(mkdtemp(name));
    path = realpath(name, NULL);
    ck_assert_ptr_nonnull(path);
    free(name);
    return path;
}

static inline int
scratch_remove_one(const char *path, const struct stat *status, int kind,
    struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static inline void
scratch_remove(char *directory)
{
    nftw(directory, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(directory);
}

/* Write DIRECTORY/NAME with exactly this mode; its path. */
static inline char *
scratch_file(const char *directory, const char *name, const char *text,
    mode_t mode)
{
    char *path = text_format("%s/%s", directory, name);
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
    return path;
}

/* A record made below a new directory, whose path is the result. */
static inline char *
scratch_record(struct record *record, struct problem *problem)
{
    char *base = scratch_make();

    record_name(record, base, "s");
    ck_assert(record_make(record, problem));
    return base;
}

static inline void
scratch_record_remove(struct record *record, char *base)
{
    record_clear(record);
    scratch_remove(base);
}

/* Run a line in the directory, with git; the first line that it printed. */
static inline char *
scratch_shell(const char *directory, const char *line, struct problem *problem)
{
    struct words words = {0};
    char *printed;
    int result;

    words_add(&words, "sh");
    words_add(&words, "-ec");
    words_addf(&words, "cd '%s'; export GIT_CONFIG_NOSYSTEM=1 HOME=$PWD "
        "GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
        "GIT_COMMITTER_EMAIL=a@b; %s", directory, line);
    ck_assert(spawn_run(&words, &printed, &result, problem));
    ck_assert_msg(result == 0, "%s: %s", line, printed);
    printed[strcspn(printed, "\n")] = '\0';
    words_clear(&words);
    return printed;
}

/* A node for tests: four processors, home /home/u. */
static inline struct node
test_node(const char *name)
{
    return (struct node){ .name = name, .user = "u", .home = "/home/u",
        .shell = "/bin/sh", .processors = 4 };
}

/* The workers that the configuration `text`, called "c", gives on a node. */
static inline bool
resolve_text(const char *text, const char *node_name, struct workers *workers,
    struct problem *problem)
{
    struct node node = test_node(node_name);
    struct configuration config = {0};
    struct layer none = {0};
    bool good = configuration_read_text(&config, "c", text, problem)
        && workers_resolve(&config, &none, &node, workers, problem);

    configuration_clear(&config);
    return good;
}

/* Set a limit, such as RLIMIT_NOFILE; what it was before. */
static inline rlim_t
limit_to(int resource, rlim_t most)
{
    struct rlimit limit;
    rlim_t before;

    ck_assert_int_eq(getrlimit(resource, &limit), 0);
    before = limit.rlim_cur;
    limit.rlim_cur = most;
    ck_assert_int_eq(setrlimit(resource, &limit), 0);
    return before;
}

/*
 * Root is refused nothing: be somebody else, or root again.  Anybody else
 * stays who they are.
 */
static inline void
be_nobody(bool nobody)
{
    static bool root;
    uid_t user = nobody ? 54321 : 0;

    if (nobody)
        root = geteuid() == 0;
    if (root)
        ck_assert_int_eq(setresuid(user, user, 0), 0);
}

/* Our own processor time in seconds, whatever else the machine does. */
static inline double
processor_time(void)
{
    struct timespec now;

    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * What `work` does with 40 MB takes about four times as long as with 10, and
 * not sixteen times, as it would when all that is there is gone through again
 * for each part that is added.  Once is enough: others can only hinder us.
 */
static inline void
grows_evenly(void (*work)(size_t size))
{
    double growth = 0;

    for (int i = 0; i < 3; i++) {
        double began = processor_time(), between;

        work(10000000);
        between = processor_time();
        work(40000000);
        growth = (processor_time() - between) / (between - began);
        if (growth < 8)
            return;
    }
    ck_abort_msg("four times as much took %.1f times as long", growth);
}

#endif
