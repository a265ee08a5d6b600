/*
 * backlog.c - a buffer that the follower fills and a thread empties.
 */
#include "tmux/backlog.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain.h"
#include "base/text.h"

/* Bytes that wait at most, beside those that are being written. */
enum { ROOM = 4 * 1024 * 1024 };

struct backlog {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    char *text;                 /* what waits */
    size_t size, room, most;    /* of it; for it; what it may come to */
    unsigned long long lost;    /* bytes in front of that */
    bool in_line;               /* the last byte written ended none */
    bool ends;
};

/* The lock is held, but not while something is written. */
static void
write_waiting(struct backlog *backlog)
{
    unsigned long long lost = backlog->lost;
    char *text = backlog->text;
    size_t size = backlog->size;

    backlog->text = NULL;
    backlog->size = backlog->room = backlog->lost = 0;
    pthread_mutex_unlock(&backlog->lock);
    if (lost > 0)
        fprintf(plain_out, "%s[%llu bytes not shown: nobody read them]\n",
            backlog->in_line ? "\n" : "", lost);
    fwrite(text, 1, size, plain_out);
    fflush(plain_out);
    backlog->in_line = text[size - 1] != '\n';
    free(text);
    pthread_mutex_lock(&backlog->lock);
}

static void *
backlog_run(void *argument)
{
    struct backlog *backlog = argument;

    pthread_mutex_lock(&backlog->lock);
    while (backlog->size > 0 || !backlog->ends)
        if (backlog->size > 0)
            write_waiting(backlog);
        else
            pthread_cond_wait(&backlog->filled, &backlog->lock);
    pthread_mutex_unlock(&backlog->lock);
    return NULL;
}

static void
backlog_free(struct backlog *backlog)
{
    pthread_cond_destroy(&backlog->filled);
    pthread_mutex_destroy(&backlog->lock);
    free(backlog->text);
    free(backlog);
}

struct backlog *
backlog_start(struct problem *problem)
{
    struct backlog *backlog = text_allocate(1, sizeof *backlog);
    int error;

    *backlog = (struct backlog){ .most = ROOM };
    pthread_mutex_init(&backlog->lock, NULL);
    pthread_cond_init(&backlog->filled, NULL);
    error = pthread_create(&backlog->thread, NULL, backlog_run, backlog);
    if (error == 0)
        return backlog;
    backlog_free(backlog);
    problem_add(problem, STATUS_INTERNAL, "cannot start a thread to write "
        "to standard output: %s; %s", strerror(error),
        problem_way_out(error, "check the limit of processes, ulimit -u"));
    return NULL;
}

void
backlog_put(struct backlog *backlog, const char *bytes, size_t count,
    bool asked)
{
    if (count == 0)
        return;
    pthread_mutex_lock(&backlog->lock);
    if (asked)
        backlog->most += count;
    if (backlog->size + count > backlog->most) {
        backlog->lost += backlog->size;
        backlog->size = 0;
    }
    if (backlog->size + count > backlog->room) {
        backlog->room = 2 * (backlog->size + count);
        backlog->text = text_reallocate(backlog->text, backlog->room, 1);
    }
    memcpy(backlog->text + backlog->size, bytes, count);
    backlog->size += count;
    pthread_mutex_unlock(&backlog->lock);
    pthread_cond_signal(&backlog->filled);
}

void
backlog_put_escaped(struct backlog *backlog, const char *text)
{
    char *bytes = text_allocate(strlen(text) + 1, 1);
    size_t count = 0;

    for (; *text && *text != '\n'; text++)
        if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
            bytes[count++] = (text[1] - '0') * 64 + (text[2] - '0') * 8
                + (text[3] - '0');
            text += 3;
        } else
            bytes[count++] = *text;
    backlog_put(backlog, bytes, count, false);
    free(bytes);
}

void
backlog_end(struct backlog *backlog)
{
    pthread_mutex_lock(&backlog->lock);
    backlog->ends = true;
    pthread_mutex_unlock(&backlog->lock);
    pthread_cond_signal(&backlog->filled);
    pthread_join(backlog->thread, NULL);
    backlog_free(backlog);
}
