/*
 * notify.h - hear from a worker that it is up, ready or ending.
 *
 * sd_notify(3)'s protocol on a datagram socket with an abstract, random
 * name.  The kernel says who sends (SO_PASSCRED); believing them is the
 * caller's decision.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <sys/types.h>

#include "problem.h"

struct notify {
    int descriptor;
    char *address;              /* for NOTIFY_SOCKET: "@celery-tmux-..." */
};

struct notify_message {
    pid_t sender;               /* as the kernel says */
    bool main;                  /* MAINPID=: the sender is MainProcess */
    bool ready;                 /* READY=1 */
    bool stopping;              /* STOPPING=1 */
    bool executing;             /* STATUS=exec: Celery is about to begin */
};

bool notify_open(struct notify *notify, struct problem *problem);
/* Take one message; false when there is none now. */
bool notify_receive(struct notify *notify, struct notify_message *message);
void notify_close(struct notify *notify);

/* Send `text` to `address`; nobody listening is no problem. */
void notify_send(const char *address, const char *text);

/* That many random bytes at most, in hexadecimal; freed by the caller. */
enum { NOTIFY_RANDOM = 256 };
char *notify_random(unsigned bytes);

#endif
