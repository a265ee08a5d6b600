/*
 * ship.c - a thread for each node, which begins a second ssh when the first
 * has said that the program is not there.
 *
 * The answer is an exit status, for what a login shell prints would come
 * between any words.
 */
#include "ship.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/problem.h"
#include "base/text.h"
#include "pdsh-plugin.h"
#include "remote.h"

enum {
    LACKS_PROGRAM = 113,        /* what the script ends with on such a node */
    SSH_ENDED = 255             /* as remote_wait() has it */
};

struct ship {
    const struct plan *plan;
    struct words ssh;
    char *arguments, *host;
    int output, error;          /* for ssh to write to */
    pthread_t thread;
    pthread_mutex_t lock;       /* for these: */
    pid_t pid;                  /* 0: none runs */
    bool ended;                 /* and none is to be begun */
    int status;
};

static const char *place;

bool
ship_place(const char **found)
{
    const char *said = getenv("PDSH_CELERY_SHIP");

    *found = NULL;
    if (said == NULL || *said == '\0' || strcmp(said, "0") == 0)
        return true;
    if (strcmp(said, "1") != 0 && *said != '/' && !text_starts(said, "~/")) {
        err("%p: celery: PDSH_CELERY_SHIP is \"%s\"; write 1, or a directory "
            "on the nodes that begins with / or ~/\n", said);
        return false;
    }
    *found = place = strcmp(said, "1") == 0 ? "~/.cache/celery-tmux" : said;
    return true;
}

/*
 * One word for whatever shell the login shell is: within single quotes only
 * backslashes, exclamation marks and ends of lines differ from one to another.
 */
static char *
encode(const char *script)
{
    struct text_stream stream;
    FILE *file = text_open(&stream);

    fputs("exec /bin/sh -c 'eval \"$(printf \"", file);
    for (const unsigned char *c = (const unsigned char *)script; *c; c++)
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z')
            || strchr("0123456789 ./:;,=_+-{}[]()<>|&#@", *c) != NULL)
            putc(*c, file);
        else
            fprintf(file, "\\%03o", *c);
    fputs("\")\"'", file);
    return text_close(&stream);
}

static char *
ship_line(const struct ship *ship, bool sent)
{
    char *words = text_quote(ship->arguments), *where = text_quote(place);
    char *script = text_format("sent=%d place=%s words=%s\n%s", sent, where,
        words, ship->plan->script);
    char *line = encode(script);

    free(script);
    free(where);
    free(words);
    return line;
}

static bool
ship_begin(struct ship *ship, bool sent)
{
    char *line = ship_line(ship, sent);
    struct words words = {0};
    bool begun = false;

    words_add_all(&words, &ship->ssh);
    words_add(&words, line);
    pthread_mutex_lock(&ship->lock);
    ship->status = SSH_ENDED;
    if (!ship->ended) {
        begun = remote_run(&words, sent ? ship->plan->shipment
            : ship->plan->config, ship->output, ship->error, &ship->pid);
        if (!begun) {
            ship->pid = 0;
            ship->status = STATUS_INTERNAL;
            err("%p: %S: cannot start %s: %m\n", ship->host, words.word[0]);
        }
    }
    pthread_mutex_unlock(&ship->lock);
    words_clear(&words);
    free(line);
    return begun;
}

/* The pid stays its own until nobody will signal it any more. */
static int
ship_end(struct ship *ship)
{
    siginfo_t info;
    int status;

    while (waitid(P_PID, (id_t)ship->pid, &info, WEXITED | WNOWAIT) != 0
        && errno == EINTR)
        continue;
    pthread_mutex_lock(&ship->lock);
    status = ship->status = remote_wait(ship->pid);
    ship->pid = 0;
    pthread_mutex_unlock(&ship->lock);
    return status;
}

static void *
ship_run(void *given)
{
    struct ship *ship = given;

    if (ship_begin(ship, false) && ship_end(ship) == LACKS_PROGRAM
        && ship_begin(ship, true))
        ship_end(ship);
    close(ship->output);
    close(ship->error);
    return NULL;
}

/* pdsh's signals are for the threads that it thinks of. */
static int
start_thread(struct ship *ship)
{
    sigset_t all, before;
    int failure;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failure = pthread_create(&ship->thread, NULL, ship_run, ship);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

static void
ship_free(struct ship *ship)
{
    words_clear(&ship->ssh);
    free(ship->arguments);
    free(ship->host);
    pthread_mutex_destroy(&ship->lock);
    free(ship);
}

struct ship *
ship_start(const struct words *ssh, const char *arguments,
    const struct plan *plan, const char *host, int *output, int *error)
{
    struct ship *ship;
    int out[2], err_ends[2], failure;

    if (!remote_open(out, err_ends))
        return NULL;
    ship = text_allocate(1, sizeof *ship);
    *ship = (struct ship){ .plan = plan, .arguments = text_copy(arguments),
        .host = text_copy(host), .output = out[1], .error = err_ends[1] };
    words_add_all(&ship->ssh, ssh);
    pthread_mutex_init(&ship->lock, NULL);
    failure = start_thread(ship);
    if (failure != 0) {
        for (int i = 0; i < 2; i++) {
            close(out[i]);
            close(err_ends[i]);
        }
        ship_free(ship);
        errno = failure;
        return NULL;
    }
    *output = out[0];
    *error = err_ends[0];
    return ship;
}

int
ship_signal(struct ship *ship, int number)
{
    int result = 0;

    pthread_mutex_lock(&ship->lock);
    ship->ended = true;
    if (ship->pid > 0)
        result = kill(ship->pid, number);
    pthread_mutex_unlock(&ship->lock);
    return result;
}

int
ship_wait(struct ship *ship)
{
    int status;

    pthread_join(ship->thread, NULL);
    status = ship->status;
    ship_free(ship);
    return status;
}
