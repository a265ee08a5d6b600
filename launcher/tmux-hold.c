/*
 * tmux-hold.c - keeps a server from going away unseen.
 *
 * A server ends with its last session, but not before the last of its clients
 * has gone, known or not: one that only connects and says nothing is enough,
 * and no list of clients shows it.
 */
#include "tmux.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* $TMUX is "SOCKET,PID,SESSION"; the socket's path may have a comma. */
static bool
read_place(struct sockaddr_un *name, pid_t *server)
{
    const char *tmux = getenv("TMUX"), *end;
    int commas = 0;

    if (tmux == NULL)
        return false;
    for (end = tmux + strlen(tmux); end > tmux && commas < 2;)
        commas += *--end == ',';
    if (commas < 2 || (size_t)(end - tmux) >= sizeof name->sun_path)
        return false;
    *name = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(name->sun_path, tmux, end - tmux);
    *server = atol(end + 1);
    return true;
}

int
tmux_hold(void)
{
    struct sockaddr_un name;
    pid_t server;
    int descriptor;

    if (!read_place(&name, &server) || server != getppid())
        return -1;
    descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
        0);
    if (descriptor >= 0 && connect(descriptor, (struct sockaddr *)&name,
        sizeof name) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}
