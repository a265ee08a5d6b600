/*
 * signals.h - signals that are somebody else's while a child of ours runs, and
 * are again what they were when it has ended.
 */
#ifndef SYSTEM_SIGNALS_H
#define SYSTEM_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

enum { SIGNALS_MOST = 4 };

struct signals {
    int number[SIGNALS_MOST];   /* which, from the caller; 0: no more */
    struct sigaction before[SIGNALS_MOST];
    sigset_t mask;              /* before they were held */
    bool held;
};

/* Hold them off; `mask` alone lets them in, as ppoll(2)'s. */
void signals_hold(struct signals *signals);

/* `handler` gets them, but for one that is ignored, as nohup's SIGHUP is. */
void signals_catch(struct signals *signals, void (*handler)(int number));

/* Undo both. */
void signals_restore(const struct signals *signals);

#endif
