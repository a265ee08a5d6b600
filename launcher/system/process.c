/*
 * process.c - a process is signalled through a descriptor of it, so that the
 * signal cannot hit a later one with the same pid.
 */
#include "system/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/system-calls.h"

int
process_open(struct process process)
{
    int descriptor;

    if (process.pid <= 0)
        return -1;
    descriptor = syscall(SYS_pidfd_open, process.pid, 0);
    if (descriptor >= 0 && !proc_is_alive(process)) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

/* Without a descriptor of it, what is left is to look and be quick. */
static bool
signal_pid(struct process process, int number)
{
    switch (proc_life(process)) {
    case LIFE_ALIVE:
        return kill(process.pid, number) == 0;
    case LIFE_DEAD:
        errno = ESRCH;
        break;
    case LIFE_UNKNOWN:
        break;
    }
    return false;
}

bool
process_signal(struct process process, int number)
{
    int descriptor = process_open(process), error;
    bool sent;

    if (descriptor < 0)
        return signal_pid(process, number);
    sent = syscall(SYS_pidfd_send_signal, descriptor, number, NULL, 0) == 0;
    error = errno;
    close(descriptor);
    if (!sent && (error == ENOSYS || error == EPERM))
        return signal_pid(process, number);
    errno = error;
    return sent;
}

bool
process_wait(struct process process, long long deadline)
{
    struct pollfd one = { process_open(process), POLLIN, 0 };
    bool ended = false;

    do {
        if (one.fd >= 0)
            ended = poll(&one, 1, clock_left(deadline)) > 0;
        else if (!(ended = proc_is_dead(process)))
            clock_sleep(20);
    } while (!ended && clock_left(deadline) > 0);
    if (one.fd >= 0)
        close(one.fd);
    return ended;
}
