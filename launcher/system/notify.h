/*
 * notify.h - hear from a worker that it is up, ready or ending.
 *
 * sd_notify(3)'s protocol on a datagram socket with an abstract, random
 * name.  Everybody on the machine can send to it, and the kernel says who did
 * (SO_PASSCRED).
 */
#ifndef SYSTEM_NOTIFY_H
#define SYSTEM_NOTIFY_H

#include <sys/types.h>

#include "base/problem.h"
#include "system/proc.h"

struct notify {
    int descriptor;
    char *address;              /* for NOTIFY_SOCKET: "@celery-tmux-..." */
    pid_t child;                /* what was started and becomes Celery */
    bool executed;              /* it has said that it does so now */
    unsigned long long moment;  /* when that was, as in struct process */
    long long deaf_until;       /* base/clock.h; somebody else spoke */
};

struct notify_message {
    pid_t sender;               /* as the kernel says */
    bool main;                  /* MAINPID=: the sender is MainProcess */
    bool ready;                 /* READY=1 */
    long soft;                  /* X_CELERY_SOFT_SHUTDOWN=, in seconds */
    bool shutdown;              /* X_CELERY_SHUTDOWN=1: by remote control */
    bool stopping;              /* STOPPING=1 */
    bool executing;             /* STATUS=exec: Celery is about to begin */
    unsigned long long moment;  /* X_MOMENT=: and when that was */
    bool alive;                 /* WATCHDOG=1: it will say so again */
    char health[1024];          /* lines X_CELERY_...=, without that */
};

bool notify_open(struct notify *notify, struct problem *problem);
/*
 * Take one message; false when there is none now.  One that comes from
 * another user than our own or root says nothing, and its sender is 0.
 */
bool notify_receive(struct notify *notify, struct notify_message *message);
/*
 * Take one message that can be believed; false when there is none now.
 *
 * The child alone says that it becomes Celery, and before it did so nobody
 * says anything.  After that `main` is heard, which may be none, and whoever
 * is the child or below it; but nobody who was there before Celery, such as
 * what worker_setup_cmd left running, nor what those start.
 *
 * After anything else the socket is not worth a look for a moment, and one
 * call drops only so many: a flood neither costs much nor keeps us from what
 * else there is to do.
 */
bool notify_hear(struct notify *notify, struct process main,
    struct notify_message *message);
/* Milliseconds until the socket is worth a look again; 0: it is. */
int notify_deaf(const struct notify *notify);
void notify_close(struct notify *notify);

/*
 * Send `text` to `address`, with patience when others keep its reader busy;
 * nobody listening is no problem.
 */
void notify_send(const char *address, const char *text);
/*
 * Say to `address` that the calling process, whose setup is over, becomes
 * Celery now.
 */
void notify_executing(const char *address);


#endif
