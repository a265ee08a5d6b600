/*
 * stand-in.c - a worker for thousands of trials: it needs no interpreter, and
 * says READY as the module in Celery does.
 *
 *     stand-in DIRECTORY
 *
 * Two at a time leave the file `two` in the directory.  While there is a file
 * `deaf`, it does not end when asked.  Where a worker is only tried it says
 * that all is well.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *directory;

static const char *
path_of(const char *name)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void
tell(const char *text)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *name = getenv("NOTIFY_SOCKET");
    int speaker = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    strncpy(address.sun_path + 1, name + 1, sizeof address.sun_path - 2);
    sendto(speaker, text, strlen(text), 0, (struct sockaddr *)&address,
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)));
    close(speaker);
}

static void
end(int signal_number)
{
    (void)signal_number;
    if (access(path_of("deaf"), F_OK) == 0)
        return;
    tell("STOPPING=1");
    _exit(0);
}

static int
is_tried(void)
{
    static const char good[] =
        "version 5\nbroker none\nbroker-answers \nend \n";
    const char *record = getenv("CELERY_TMUX_RECORD");
    char path[PATH_MAX];
    int file;

    snprintf(path, sizeof path, "%s/findings", record ? record : "");
    file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    return file >= 0 && write(file, good, sizeof good - 1) > 0;
}

int
main(int count, char **words)
{
    char text[64];
    int alive;

    if (count < 2 || getenv("NOTIFY_SOCKET") == NULL)
        return 2;
    directory = words[1];
    if (is_tried())
        return 0;
    alive = open(path_of("alive"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (flock(alive, LOCK_EX | LOCK_NB) != 0)
        close(open(path_of("two"), O_WRONLY | O_CREAT, 0600));
    signal(SIGTERM, end);
    snprintf(text, sizeof text, "MAINPID=%d", (int)getpid());
    tell(text);
    snprintf(text, sizeof text, "READY=1\nMAINPID=%d", (int)getpid());
    tell(text);
    for (;;)
        pause();
}
