/*
 * summary.c - counts the results, folds the names, and writes the JSON.
 */
#include "summary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json-string.h"
#include "base/plain.h"
#include "base/problem.h"
#include "base/text.h"
#include "report.h"

static const char *const result_names[RESULTS] = {
    [RESULT_DONE] = "done", [RESULT_FAILED] = "failed",
    [RESULT_NOT_REACHED] = "not reached",
    [RESULT_NOT_FINISHED] = "not finished",
    [RESULT_NOT_BEGUN] = "not begun",
};

enum {
    FOLD_STACK = 4 << 20,   /* bytes; pdsh 2.35's lists take 251,000 of them */
    PATIENCE = 5            /* seconds */
};

static time_t began;

static const char *
report_file(void)
{
    const char *file = getenv("PDSH_CELERY_REPORT");

    return file && *file ? file : NULL;
}

static void
complain(const char *file, const char *why)
{
    char *plain = plain_text(file);

    err("%p: celery: cannot write PDSH_CELERY_REPORT=%s: %s; name a file in a "
        "directory that you may write to\n", plain, why);
    free(plain);
}

/* A link or a device would be replaced, as /dev/null is root's to lose. */
bool
summary_check(int *status)
{
    const char *file = report_file(), *slash, *why = NULL;
    struct stat entry;
    char *directory;

    time(&began);
    if (file == NULL)
        return true;
    slash = strrchr(file, '/');
    directory = slash == NULL ? text_copy(".")
        : text_copy_part(file, slash - file + 1);
    if (lstat(file, &entry) == 0 && !S_ISREG(entry.st_mode))
        why = "it is no regular file";
    else if (access(directory, W_OK | X_OK) != 0)
        why = strerror(errno);
    if (why != NULL)
        complain(file, why);
    *status = STATUS_USAGE;
    free(directory);
    return why == NULL;
}

/*
 * ---- the line ------------------------------------------------------------
 */

/* `names` with commas between them; NULL where pdsh cannot fold them. */
static void *
fold(void *names)
{
    struct hostlist *list = hostlist_create(names);
    size_t size = 4096;
    char *folded;

    if (list == NULL)
        return NULL;
    folded = text_allocate(size, 1);
    hostlist_uniq(list);
    while (hostlist_ranged_string(list, size, folded) < 0)
        folded = text_reallocate(folded, size *= 2, 1);
    hostlist_destroy(list);
    return folded;
}

/*
 * After ^C this is called in a thread of pdsh's with a stack of 128 KiB, and
 * from pdsh 2.35 on a list takes twice that to be read: hence a thread with
 * room.
 */
static char *
fold_or_copy(char *names)
{
    pthread_attr_t attributes;
    void *folded = NULL;
    pthread_t thread;
    bool made;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, FOLD_STACK);
    made = pthread_create(&thread, &attributes, fold, names) == 0;
    pthread_attr_destroy(&attributes);
    if (made)
        pthread_join(thread, &folded);
    return folded != NULL ? folded : text_copy(names);
}

static size_t
count_results(const struct target *all, size_t known, enum result result)
{
    size_t count = 0;

    for (size_t i = 0; i < known; i++)
        count += all[i].result == result;
    return count;
}

/* The folded names of those with this result. */
static char *
result_hosts(const struct target *all, size_t known, enum result result)
{
    struct text_stream names;
    const char *between = "";
    char *text, *folded;

    text_open(&names);
    for (size_t i = 0; i < known; i++)
        if (all[i].result == result) {
            fprintf(names.file, "%s%s", between, all[i].host);
            between = ",";
        }
    text = text_close(&names);
    folded = fold_or_copy(text);
    free(text);
    return folded;
}

static void
print_line(const struct target *all, size_t known)
{
    size_t done = count_results(all, known, RESULT_DONE);
    char *line = text_format("%zu done", done), *plain;

    for (int result = RESULT_DONE + 1; result < RESULTS; result++) {
        size_t count = count_results(all, known, result);
        char *hosts;

        if (count == 0)
            continue;
        hosts = result_hosts(all, known, result);
        text_append(&line, ", %zu %s (%s)", count, result_names[result],
            hosts);
        free(hosts);
    }
    plain = plain_text(line);
    if (done < known || isatty(STDERR_FILENO))
        err("%p: %s\n", plain);
    free(plain);
    free(line);
}

/*
 * ---- the file ------------------------------------------------------------
 */

/* The name of a result as a key. */
static char *
result_key(enum result result)
{
    char *key = text_copy(result_names[result]), *blank = strchr(key, ' ');

    if (blank != NULL)
        *blank = '_';
    return key;
}

static void
put_target(FILE *file, const struct target *target)
{
    char *host = json_string(target->host);
    char *key = result_key(target->result);

    fprintf(file, "{\"node\": %s, \"result\": \"%s\"", host, key);
    if (target->ended)
        fprintf(file, ", \"status\": %d, \"seconds\": %lld.%03lld}",
            target->status, target->took / 1000, target->took % 1000);
    else
        fputs(", \"status\": null, \"seconds\": null}", file);
    free(key);
    free(host);
}

static char *
report_text(const struct target *all, size_t known, int status)
{
    char name[HOST_NAME_MAX + 1] = "", *host, *from, *to;
    struct text_stream text;

    gethostname(name, sizeof name - 1);
    host = json_string(name);
    from = clock_text(began);
    to = clock_text(time(NULL));
    text_open(&text);
    fprintf(text.file, "{\"head\": %s, \"began\": \"%s\", \"ended\": \"%s\", "
        "\"status\": %d", host, from, to, status);
    for (int result = 0; result < RESULTS; result++) {
        char *key = result_key(result);

        fprintf(text.file, ", \"%s\": %zu", key,
            count_results(all, known, result));
        free(key);
    }
    fputs(", \"nodes\": [", text.file);
    for (size_t i = 0; i < known; i++) {
        fputs(i > 0 ? ",\n" : "\n", text.file);
        put_target(text.file, &all[i]);
    }
    fputs("\n]}\n", text.file);
    free(to);
    free(from);
    free(host);
    return text_close(&text);
}

/* Under a name of its own first: who reads it gets all of it, or the last. */
static bool
write_whole(const char *file, const char *text)
{
    char *fresh = text_format("%s.XXXXXX", file);
    int descriptor = mkostemp(fresh, O_CLOEXEC), failure = 0;
    mode_t mask = umask(0);

    umask(mask);
    if (descriptor < 0)
        failure = errno;
    else {
        if (!file_write(descriptor, text, strlen(text), false)
            || fchmod(descriptor, 0666 & ~mask) != 0
            || fsync(descriptor) != 0)
            failure = errno;
        if (close(descriptor) != 0 && failure == 0)
            failure = errno;
        if (failure == 0 && rename(fresh, file) != 0)
            failure = errno;
        if (failure != 0)
            unlink(fresh);
    }
    free(fresh);
    errno = failure;
    return failure == 0;
}

static int
summary_print(int status)
{
    const char *file = report_file();
    const struct target *all;
    size_t known;
    char *text;

    fflush(stdout);
    all = report_close(&known);
    print_line(all, known);
    if (file == NULL)
        return status;
    text = report_text(all, known, status);
    if (!write_whole(file, text)) {
        complain(file, strerror(errno));
        status = status > STATUS_UNAVAILABLE ? status : STATUS_UNAVAILABLE;
    }
    free(text);
    return status;
}

void
summary_leave(int status)
{
    static pthread_mutex_t once = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
    struct timespec until;
    int before;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    if (pthread_mutex_timedlock(&once, &until) == 0)
        status = summary_print(status);
    _exit(status);
}
