/*
 * notify.c - the socket behind NOTIFY_SOCKET, and which messages are believed.
 *
 * The process that becomes Celery is known by its pid, and what runs below
 * it by its parents.  A setup command's daemons are below it, too, as long as
 * they live: they are told from Celery's own processes by when they began.
 */
#include "system/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"

/* Seconds of patience with a reader that has its hands full. */
enum { PATIENCE = 5 };
/*
 * Milliseconds that nobody is listened to after a stranger spoke; messages
 * that one call drops: more than the kernel lets wait, so that what was sent
 * before the call is heard.
 */
enum { DEAF = 50, DROPS = 1024 };

/* "@name" as an abstract address; its length, which the kernel needs. */
static socklen_t
fill(struct sockaddr_un *name, const char *address)
{
    size_t length = strlen(address);

    *name = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (length >= sizeof name->sun_path)
        length = sizeof name->sun_path - 1;
    memcpy(name->sun_path, address, length);
    if (*address == '@')
        name->sun_path[0] = '\0';
    return offsetof(struct sockaddr_un, sun_path) + length;
}

bool
notify_open(struct notify *notify, struct problem *problem)
{
    char *random = random_text(16);
    struct sockaddr_un name;
    socklen_t length;
    int on = 1;

    notify->address = text_format("@celery-tmux-%s", random);
    free(random);
    length = fill(&name, notify->address);
    notify->descriptor = socket(AF_UNIX,
        SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->descriptor >= 0
        && setsockopt(notify->descriptor, SOL_SOCKET, SO_PASSCRED, &on,
            sizeof on) == 0
        && bind(notify->descriptor, (struct sockaddr *)&name, length) == 0)
        return true;
    return problem_add(problem, STATUS_INTERNAL, "cannot open a socket to "
        "hear from the worker: %s; %s", strerror(errno),
        problem_way_out(errno, "check whether memory is short"));
}

/* What is more than there is room for is left out. */
static void
keep_health(struct notify_message *message, const char *line)
{
    size_t used = strlen(message->health);
    size_t left = sizeof message->health - used;

    if (strlen(line) + 1 < left)
        snprintf(message->health + used, left, "%s\n", line);
}

static void
read_lines(char *text, struct notify_message *message)
{
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        message->main |= text_starts(line, "MAINPID=");
        message->ready |= strcmp(line, "READY=1") == 0;
        message->stopping |= strcmp(line, "STOPPING=1") == 0;
        message->shutdown |= strcmp(line, "X_CELERY_SHUTDOWN=1") == 0;
        message->executing |= strcmp(line, "STATUS=exec") == 0;
        if (text_starts(line, "X_MOMENT="))
            message->moment = strtoull(line + strlen("X_MOMENT="), NULL, 10);
        if (text_starts(line, "X_CELERY_SOFT_SHUTDOWN="))
            message->soft = atol(line + strlen("X_CELERY_SOFT_SHUTDOWN="));
        message->alive |= strcmp(line, "WATCHDOG=1") == 0;
        if (text_starts(line, "X_CELERY_"))
            keep_health(message, line + strlen("X_CELERY_"));
    }
}

bool
notify_receive(struct notify *notify, struct notify_message *message)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    char text[4096];
    struct iovec part = { text, sizeof text - 1 };
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof control
    };
    struct cmsghdr *extra;
    ssize_t size;

    *message = (struct notify_message){0};
    size = recvmsg(notify->descriptor, &header, MSG_CMSG_CLOEXEC);
    if (size < 0)
        return false;
    text[size] = '\0';
    for (extra = CMSG_FIRSTHDR(&header); extra;
        extra = CMSG_NXTHDR(&header, extra))
        if (extra->cmsg_level == SOL_SOCKET
            && extra->cmsg_type == SCM_CREDENTIALS) {
            struct ucred sender;

            memcpy(&sender, CMSG_DATA(extra), sizeof sender);
            if (sender.uid == geteuid() || sender.uid == 0)
                message->sender = sender.pid;
        }
    if (message->sender > 0)
        read_lines(text, message);
    return true;
}

void
notify_close(struct notify *notify)
{
    if (notify->descriptor > 0)
        close(notify->descriptor);
    free(notify->address);
    *notify = (struct notify){0};
}

void
notify_send(const char *address, const char *text)
{
    struct sockaddr_un name;
    socklen_t length = fill(&name, address);
    struct timeval patience = { PATIENCE, 0 };
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (descriptor < 0)
        return;
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience,
        sizeof patience);
    (void)!sendto(descriptor, text, strlen(text), 0,
        (struct sockaddr *)&name, length);
    close(descriptor);
}

int
notify_deaf(const struct notify *notify)
{
    return notify->deaf_until ? clock_left(notify->deaf_until) : 0;
}

/* Can this message be believed, coming from whom it does? */
static bool
is_credible(const struct notify *notify, struct process main,
    const struct notify_message *message)
{
    if (!notify->executed)
        return message->executing && message->sender == notify->child;
    return (message->sender == main.pid && proc_is_alive(main))
        || proc_is_below_since(message->sender, notify->child,
            notify->moment);
}

bool
notify_hear(struct notify *notify, struct process main,
    struct notify_message *message)
{
    for (int i = 0; i < DROPS && notify_receive(notify, message); i++)
        if (message->sender > 0 && is_credible(notify, main, message)) {
            if (!notify->executed)
                notify->moment = message->moment;
            notify->executed = true;
            return true;
        } else
            notify->deaf_until = clock_now() + DEAF;
    return false;
}

void
notify_executing(const char *address)
{
    long long before = clock_ticks();
    char *text;

    /* Processes begun before and those begun from now on share no tick. */
    while (clock_ticks() == before)
        clock_sleep(1);
    text = text_format("STATUS=exec\nX_MOMENT=%lld", clock_ticks());
    notify_send(address, text);
    free(text);
}
