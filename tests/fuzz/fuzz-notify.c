/*
 * fuzz-notify.c - datagrams that anybody may send to the runner: parts of the
 * input, each behind its length.
 */
#include "fuzz.h"

#include <sys/socket.h>

#include "system/notify.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct notify notify = { .child = getpid() };
    struct notify_message message = {0};
    struct process main = {0};
    int ends[2], on = 1, sent = 0;

    fuzz_expect(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) == 0,
        "a socket");
    setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    notify.descriptor = ends[0];
    while (size > 0 && sent < 8) {
        size_t length = 32 * (size_t)*data++;

        length = length < --size ? length : size;
        if (send(ends[1], data, length, 0) < 0)
            break;
        data += length;
        size -= length;
        sent++;
    }
    while (sent > 0 && notify_receive(&notify, &message)) {
        fuzz_expect(message.sender == getpid(), "the kernel says who it is");
        sent--;
        if (message.executing || sent % 2)
            notify_hear(&notify, main, &message);
    }
    notify_deaf(&notify);
    close(ends[1]);
    notify_close(&notify);
    return 0;
}
