/*
 * report.c - keeps the results of all targets until the end.
 */
#include "report.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/problem.h"
#include "base/text.h"

/* ssh's own status for its failure. */
enum { SSH_FAILED = 255 };

static struct target *all;
static size_t known;
static size_t unreleased;       /* of those that pdsh named at the start */
static bool closed, failures, interrupted;
static int worst;

/* One that is out of memory has it, and comes again as it exits. */
static pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

/* With the lock held, and until it is released. */
static struct target *
target_at(int rank)
{
    size_t needed = (size_t)rank + 1;

    if (needed > known) {
        all = text_reallocate(all, needed, sizeof *all);
        while (known < needed)
            all[known++] = (struct target){ .host = "" };
    }
    return &all[rank];
}

size_t
report_targets(struct hostlist *targets)
{
    struct hostlist_iterator *next;
    char *host;

    if (targets == NULL)
        return 0;
    pthread_mutex_lock(&lock);
    next = hostlist_iterator_create(targets);
    for (int rank = 0; (host = hostlist_next(next)) != NULL; rank++)
        target_at(rank)->host = host;
    unreleased = known;
    hostlist_iterator_destroy(next);
    pthread_mutex_unlock(&lock);
    return unreleased;
}

static bool
fails_fast(void)
{
    const char *failfast = getenv("PDSH_CELERY_FAILFAST");

    return failfast && *failfast && *failfast != '0';
}

bool
report_begin(int rank, const char *host)
{
    struct target *target;
    bool begins;

    pthread_mutex_lock(&lock);
    begins = !closed && !interrupted && !(failures && fails_fast());
    if (begins) {
        target = target_at(rank);
        if (*target->host == '\0')
            target->host = text_copy(host);
        target->begun = true;
        target->began = clock_now();
    }
    pthread_mutex_unlock(&lock);
    return begins;
}

void
report_interrupt(void)
{
    pthread_mutex_lock(&lock);
    interrupted = true;
    pthread_mutex_unlock(&lock);
}

void
report_give_up(int rank)
{
    pthread_mutex_lock(&lock);
    if (!closed)
        target_at(rank)->given_up = true;
    pthread_mutex_unlock(&lock);
}

/*
 * A worker that is stopped as it should be is no failure, nor is a sync that
 * had nothing to do.
 */
static bool
is_well(int status)
{
    return status == STATUS_DONE || status == STATUS_STOPPED
        || status == STATUS_UNCHANGED;
}

/* A board wants to know at once, of each node. */
static bool
is_told_at_once(void)
{
    const char *told = getenv("PDSH_CELERY_TELL");

    return told && *told && *told != '0';
}

void
report_end(int rank, int status)
{
    struct target *target;

    pthread_mutex_lock(&lock);
    if (!closed) {
        target = target_at(rank);
        /* An ssh before 8.5 that gets SIGTERM says 0. */
        if (target->given_up && status == 0)
            status = SSH_FAILED;
        target->ended = true;
        target->status = status;
        target->took = clock_now() - target->began;
        worst = status > worst ? status : worst;
        failures = failures || !is_well(status);
        if (is_told_at_once())
            err("%p: %S: ended with %d\n", target->host, status);
    }
    pthread_mutex_unlock(&lock);
}

bool
report_release(void)
{
    bool last;

    pthread_mutex_lock(&lock);
    last = unreleased == 1;
    if (unreleased > 0)
        unreleased--;
    pthread_mutex_unlock(&lock);
    return last;
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

/* An ssh that ends with 255 has failed itself, or was ended by pdsh. */
static enum result
target_result(const struct target *target)
{
    if (!target->begun)
        return RESULT_NOT_BEGUN;
    if (!target->ended)
        return RESULT_NOT_FINISHED;
    if (target->status != SSH_FAILED)
        return is_well(target->status) ? RESULT_DONE : RESULT_FAILED;
    return target->given_up ? RESULT_NOT_FINISHED : RESULT_NOT_REACHED;
}

const struct target *
report_close(size_t *count)
{
    pthread_mutex_lock(&lock);
    closed = true;
    for (size_t i = 0; i < known; i++)
        all[i].result = target_result(&all[i]);
    *count = known;
    pthread_mutex_unlock(&lock);
    return all;
}
