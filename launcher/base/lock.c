/*
 * lock.c - flock(2), which ends with its holder however that ends, and
 * which NFS carries between machines when the descriptor can be written to.
 */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

/* The holder of the lock is unknown, so nothing could wake us up. */
static bool
wait_for_lock(int descriptor, long long deadline)
{
    for (int pause = 5;; pause = pause < 50 ? 2 * pause : 50) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK || clock_left(deadline) == 0)
            return false;
        clock_sleep(pause);
    }
}

/* The owner of the directory that `path` lies in. */
static uid_t
owner_above(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *above = text_copy_part(path, slash ? slash - path + 1 : 0);
    struct stat status;
    uid_t owner = geteuid();

    if (stat(*above ? above : ".", &status) == 0)
        owner = status.st_uid;
    free(above);
    return owner;
}

/*
 * See that nobody but its owner can hold us up with the file.  One of an
 * earlier version, which others could read, is mended.  Root gives its owner's
 * directory what it has just made, and nothing else of root's that may have
 * been moved there: such a file has something in it.
 */
static bool
make_ours(int descriptor, const char *path)
{
    uid_t owner = owner_above(path);
    struct stat status;

    if (fstat(descriptor, &status) != 0)
        return false;
    if (geteuid() == 0 && status.st_uid == 0 && owner != 0
        && status.st_nlink == 1 && status.st_size == 0
        && fchown(descriptor, owner, -1) == 0)
        status.st_uid = owner;
    if (!S_ISREG(status.st_mode) || status.st_nlink > 1
        || (status.st_uid != owner && (geteuid() == 0
        || (status.st_uid != geteuid() && status.st_uid != 0)))) {
        errno = EEXIST;
        return false;
    }
    return (status.st_mode & 0077) == 0 || fchmod(descriptor, 0600) == 0;
}

int
lock_take(const char *path, long seconds)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        | O_NONBLOCK | O_NOCTTY, 0600);
    int error;

    if (descriptor < 0) {
        errno = errno == ELOOP || errno == EISDIR || errno == ENXIO ? EEXIST
            : errno;
        return -1;
    }
    if (make_ours(descriptor, path)
        && wait_for_lock(descriptor, clock_now() + seconds * 1000))
        return descriptor;
    error = errno;
    close(descriptor);
    errno = error;
    return -1;
}
