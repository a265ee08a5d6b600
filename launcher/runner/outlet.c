/*
 * outlet.c - two buffers, one that the runner fills and one that a thread
 * empties.
 */
#include "runner/outlet.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"

/*
 * Bytes of a buffer, of which only what is used is ever touched; of the
 * thread's stack; milliseconds for the rest at the end.
 */
enum { ROOM = 4 * 1024 * 1024, STACK = 256 * 1024, FINISH = 2000 };

/*
 * A line is taken at once.  To be woken for each page of a flood costs the
 * runner as much as the rest of its work, so behind that many bytes in so many
 * milliseconds the thread pauses as long, or until that many more have come.
 */
enum { FLOOD = 48 * 1024, PAUSE = 30, ENOUGH = ROOM / 4 };

struct outlet {
    const struct outlet_calls *calls;
    void *data;
    pthread_mutex_t lock;
    pthread_cond_t filled, finished;
    char *filling, *emptying;
    size_t size;                /* of what is in the first */
    unsigned long long lost;    /* bytes in front of that */
    bool idle;                  /* the thread waits for bytes */
    bool pauses;                /* or for more of a flood */
    long long began;            /* base/clock.h; of counting the next */
    size_t taken;               /* bytes since then */
    bool ends, ended;
    bool left;                  /* to free itself */
};

/* `milliseconds` from now, for a condition. */
static struct timespec
deadline_in(int milliseconds)
{
    struct timespec moment;

    clock_gettime(CLOCK_MONOTONIC, &moment);
    moment.tv_sec += milliseconds / 1000;
    moment.tv_nsec += milliseconds % 1000 * 1000000L;
    if (moment.tv_nsec >= 1000000000) {
        moment.tv_sec++;
        moment.tv_nsec -= 1000000000;
    }
    return moment;
}

/* With the lock held, until there is something to do or the time is over. */
static void
outlet_wait(struct outlet *outlet, int milliseconds)
{
    struct timespec deadline = deadline_in(milliseconds);

    outlet->idle = true;
    if (milliseconds < 0)
        pthread_cond_wait(&outlet->filled, &outlet->lock);
    else
        pthread_cond_timedwait(&outlet->filled, &outlet->lock, &deadline);
    outlet->idle = false;
}

/* With the lock held. */
static void
pause_in_flood(struct outlet *outlet, size_t size)
{
    struct timespec deadline = deadline_in(PAUSE);
    long long now = clock_now();
    int error = 0;

    if (now - outlet->began > PAUSE) {
        outlet->began = now;
        outlet->taken = 0;
    }
    outlet->taken += size;
    outlet->pauses = outlet->taken > FLOOD;
    while (outlet->pauses && !outlet->ends && error == 0)
        error = pthread_cond_timedwait(&outlet->filled, &outlet->lock,
            &deadline);
    outlet->pauses = false;
}

/* The lock is held, but not while the other buffer is emptied. */
static void
empty(struct outlet *outlet)
{
    char *bytes = outlet->filling;
    size_t size = outlet->size;
    unsigned long long lost = outlet->lost;

    outlet->filling = outlet->emptying;
    outlet->emptying = bytes;
    outlet->size = outlet->lost = 0;
    pthread_mutex_unlock(&outlet->lock);
    outlet->calls->take(outlet->data, bytes, size, lost);
    pthread_mutex_lock(&outlet->lock);
    pause_in_flood(outlet, size);
}

static void
outlet_free(struct outlet *outlet)
{
    pthread_cond_destroy(&outlet->finished);
    pthread_cond_destroy(&outlet->filled);
    pthread_mutex_destroy(&outlet->lock);
    free(outlet->filling);
    free(outlet->emptying);
    free(outlet);
}

static void *
outlet_run(void *argument)
{
    struct outlet *outlet = argument;
    bool left;
    int rest;

    pthread_mutex_lock(&outlet->lock);
    while (outlet->size > 0 || !outlet->ends)
        if (outlet->size > 0)
            empty(outlet);
        else {
            pthread_mutex_unlock(&outlet->lock);
            rest = outlet->calls->rest(outlet->data);
            pthread_mutex_lock(&outlet->lock);
            if (outlet->size == 0 && !outlet->ends)
                outlet_wait(outlet, rest);
        }
    pthread_mutex_unlock(&outlet->lock);
    outlet->calls->end(outlet->data);
    pthread_mutex_lock(&outlet->lock);
    outlet->ended = true;
    left = outlet->left;
    pthread_cond_signal(&outlet->finished);
    pthread_mutex_unlock(&outlet->lock);
    if (left)
        outlet_free(outlet);
    return NULL;
}

/* No signal is the thread's, not even that a file is too large. */
static int
start_thread(struct outlet *outlet)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    int error;

    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&thread, &attributes, outlet_run, outlet);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

struct outlet *
outlet_start(const struct outlet_calls *calls, void *data,
    struct problem *problem)
{
    struct outlet *outlet = text_allocate(1, sizeof *outlet);
    pthread_condattr_t attributes;
    int error;

    *outlet = (struct outlet){ .calls = calls, .data = data };
    outlet->filling = text_allocate(ROOM, 1);
    outlet->emptying = text_allocate(ROOM, 1);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&outlet->lock, NULL);
    pthread_cond_init(&outlet->filled, &attributes);
    pthread_cond_init(&outlet->finished, &attributes);
    pthread_condattr_destroy(&attributes);
    error = start_thread(outlet);
    if (error == 0)
        return outlet;
    outlet_free(outlet);
    calls->end(data);
    problem_add(problem, STATUS_INTERNAL, "cannot start a thread to keep "
        "what the worker prints: %s; %s", strerror(error),
        problem_way_out(error, "check the limit of processes, ulimit -u"));
    return NULL;
}

void
outlet_put(struct outlet *outlet, const char *bytes, size_t count)
{
    bool wakes;

    pthread_mutex_lock(&outlet->lock);
    if (count > ROOM - outlet->size) {
        outlet->lost += outlet->size;
        outlet->size = 0;
    }
    memcpy(outlet->filling + outlet->size, bytes, count);
    outlet->size += count;
    wakes = outlet->idle || (outlet->pauses && outlet->size >= ENOUGH);
    if (wakes)
        outlet->pauses = false;
    pthread_mutex_unlock(&outlet->lock);
    if (wakes)
        pthread_cond_signal(&outlet->filled);
}

bool
outlet_end(struct outlet *outlet)
{
    struct timespec deadline = deadline_in(FINISH);
    bool ended;
    int error = 0;

    pthread_mutex_lock(&outlet->lock);
    outlet->ends = true;
    pthread_cond_signal(&outlet->filled);
    while (!outlet->ended && error == 0)
        error = pthread_cond_timedwait(&outlet->finished, &outlet->lock,
            &deadline);
    ended = outlet->ended;
    outlet->left = !ended;
    pthread_mutex_unlock(&outlet->lock);
    if (ended)
        outlet_free(outlet);
    return ended;
}
