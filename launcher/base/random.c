/*
 * random.c - random bytes from the kernel.
 */
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/text.h"

/* Where a filter, or a kernel older than 3.17, lets nobody ask directly. */
static bool
read_device(unsigned char *byte, unsigned bytes)
{
    int descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool good = descriptor >= 0
        && read(descriptor, byte, bytes) == (ssize_t)bytes;

    if (descriptor >= 0)
        close(descriptor);
    return good;
}

char *
random_text(unsigned bytes)
{
    unsigned char byte[RANDOM_MOST];
    char *text = text_copy("");

    /* So few come all at once; a signal may be in the way. */
    while (getrandom(byte, bytes, 0) != (ssize_t)bytes)
        if (errno != EINTR && read_device(byte, bytes))
            break;
    for (unsigned i = 0; i < bytes; i++)
        text_append(&text, "%02x", byte[i]);
    return text;
}
