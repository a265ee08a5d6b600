/*
 * signals.c - saves, takes over and gives back.
 */
#include "system/signals.h"

#include <stddef.h>

void
signals_hold(struct signals *signals)
{
    sigset_t held;

    sigemptyset(&held);
    for (int i = 0; i < SIGNALS_MOST && signals->number[i]; i++)
        sigaddset(&held, signals->number[i]);
    sigprocmask(SIG_BLOCK, &held, &signals->mask);
    signals->held = true;
}

void
signals_catch(struct signals *signals, void (*handler)(int number))
{
    struct sigaction action = { .sa_handler = handler };

    for (int i = 0; i < SIGNALS_MOST && signals->number[i]; i++) {
        sigaction(signals->number[i], NULL, &signals->before[i]);
        if (signals->before[i].sa_handler != SIG_IGN)
            sigaction(signals->number[i], &action, NULL);
    }
}

void
signals_restore(const struct signals *signals)
{
    for (int i = 0; i < SIGNALS_MOST && signals->number[i]; i++)
        sigaction(signals->number[i], &signals->before[i], NULL);
    if (signals->held)
        sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}
