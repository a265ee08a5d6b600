/*
 * remote.h - one ssh: started as cheaply as can be, and gone when pdsh is.
 */
#ifndef REMOTE_H
#define REMOTE_H

#include <sys/types.h>

#include "base/words.h"

/*
 * Start `words` in a session of its own, without any descriptor of ours but
 * standard ones.  Its input is the file behind `input`, from the beginning,
 * or /dev/null when that is negative.  It gets SIGTERM when the thread that
 * called this ends.  False with errno; else the pid to wait for, and
 * descriptors of what it prints that the caller closes.  May be called by
 * many threads at once.
 */
bool remote_start(const struct words *words, int input, pid_t *pid,
    int *output, int *error);

/*
 * The same in two steps, for an output that is to outlast one ssh.  [0] of
 * each pair is for pdsh to read from, [1] for ssh to write to; the caller
 * closes them all.
 */
bool remote_open(int output[2], int error[2]);
bool remote_run(const struct words *words, int input, int output, int error,
    pid_t *pid);

/*
 * Wait for it.  Its exit status, or 255, which is ssh's own for failure,
 * when a signal ended it.
 */
int remote_wait(pid_t pid);

#endif
