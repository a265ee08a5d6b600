/*
 * keepalive.c - where a program's pane is, and how its server is kept from
 * going away unseen.
 *
 * A server ends with its last session, but not before the last of its clients
 * has gone, known or not: one that only connects and says nothing is enough,
 * and no list of clients shows it.
 */
#include "tmux/tmux.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

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
tmux_keepalive(void)
{
    struct problem ignored = {0};
    struct sockaddr_un name;
    pid_t server;
    int descriptor;
    bool exists;

    if (!read_place(&name, &server) || server != getppid())
        return -1;
    if (!tmux_gate(name.sun_path, &exists, &ignored) || !exists) {
        problem_clear(&ignored);
        return -1;
    }
    descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
        0);
    if (descriptor >= 0 && connect(descriptor, (struct sockaddr *)&name,
        sizeof name) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

void
tmux_place(char **pane, struct process *server)
{
    const char *id = getenv("TMUX_PANE");
    struct sockaddr_un name;
    pid_t pid;

    *pane = text_copy("");
    *server = (struct process){0};
    if (id == NULL || *id != '%' || id[1] == '\0'
        || id[1 + strspn(id + 1, "0123456789")] != '\0'
        || !read_place(&name, &pid))
        return;
    free(*pane);
    *pane = text_copy(id);
    *server = proc_process(pid);
}
