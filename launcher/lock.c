/*
 * lock.c - flock(2), which ends with its holder however that ends, and which
 * NFS carries between machines when the descriptor can be written to.
 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <unistd.h>

#include "clock.h"

/* Who holds the lock is unknown, so there is nothing to wake us up. */
static bool
wait_for_lock(int descriptor, long long deadline)
{
    for (int pause = 5;; pause = pause < 50 ? 2 * pause : 50) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK || clock_left(deadline) == 0)
            return false;
        clock_sleep(pause);
    }
}

int
lock_take(const char *path, mode_t mode, long seconds)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
        mode);
    int error;

    if (descriptor < 0
        || wait_for_lock(descriptor, clock_now() + seconds * 1000))
        return descriptor;
    error = errno;
    close(descriptor);
    errno = error;
    return -1;
}
