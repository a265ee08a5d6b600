/*
 * report.c - keeps the results of all nodes until the end.
 */
#include "report.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/problem.h"
#include "base/text.h"
#include "pdsh-plugin.h"

/* Host lists, names with commas between them; NULL: none. */
static char *failed, *skipped;
static int worst;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
report_add(char **list, const char *host)
{
    text_append(list, "%s%s", *list ? "," : "", host);
}

/* A board wants to know at once, of each node. */
static bool
is_told_at_once(void)
{
    const char *told = getenv("PDSH_CELERY_TELL");

    return told && *told && *told != '0';
}

void
report_result(const char *host, int status)
{
    if (is_told_at_once())
        err("%p: %S: ended with %d\n", host, status);
    pthread_mutex_lock(&lock);
    if (status > worst)
        worst = status;
    /* Nor has a worker that is stopped as it should be, or a sync that had
     * nothing to do. */
    if (status != STATUS_DONE && status != STATUS_STOPPED
        && status != STATUS_UNCHANGED)
        report_add(&failed, host);
    pthread_mutex_unlock(&lock);
}

void
report_skipped(const char *host)
{
    pthread_mutex_lock(&lock);
    report_add(&skipped, host);
    pthread_mutex_unlock(&lock);
}

bool
report_has_failures(void)
{
    bool some;

    pthread_mutex_lock(&lock);
    some = failed != NULL;
    pthread_mutex_unlock(&lock);
    return some;
}

static void
report_print_folded(const char *before, const char *names)
{
    struct hostlist *list = hostlist_create(names);
    size_t size = 4096;
    char *folded = text_allocate(size, 1);

    hostlist_uniq(list);
    while (hostlist_ranged_string(list, size, folded) < 0)
        folded = text_reallocate(folded, size *= 2, 1);
    err("%p: %s %s\n", before, folded);
    hostlist_destroy(list);
    free(folded);
}

void
report_print(void)
{
    pthread_mutex_lock(&lock);
    if (failed != NULL)
        report_print_folded("failed on", failed);
    if (skipped != NULL)
        report_print_folded("and so not tried on", skipped);
    free(failed);
    free(skipped);
    failed = skipped = NULL;
    pthread_mutex_unlock(&lock);
}

int
report_status(void)
{
    int status;

    pthread_mutex_lock(&lock);
    status = worst;
    pthread_mutex_unlock(&lock);
    return status;
}
