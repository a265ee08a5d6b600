/*
 * watchdog.h - keeps what the worker says of itself, and does what it cannot
 * do itself: notices its silence, ends it, has it restarted.
 */
#ifndef RUNNER_WATCHDOG_H
#define RUNNER_WATCHDOG_H

#include "runner/runner.h"

/* Take a message of MainProcess. */
void watchdog_hear(struct runner *runner,
    const struct notify_message *message);
/* Milliseconds until watchdog_look() has something to do; -1: nothing. */
int watchdog_patience(const struct runner *runner);
void watchdog_look(struct runner *runner);
/* The run is over: nothing is known of its health any more. */
void watchdog_close(struct runner *runner);

#endif
