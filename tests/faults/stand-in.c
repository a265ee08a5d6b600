/*
 * stand-in.c - a worker for thousands of trials: it needs no interpreter, and
 * says READY as the module in Celery does.
 *
 *     stand-in DIRECTORY
 *
 * Two at a time leave the file `beyond-1` in the directory, three `beyond-2`.
 * In `ends` each has a line when it begins, for each TERM, and when it ends.
 * While there is a file `deaf`, it does not end when asked.  Where a worker is
 * only tried it says that all is well.
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
note(const char *what)
{
    int file = open(path_of("ends"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
        0600);

    dprintf(file, "%s %d\n", what, (int)getpid());
    close(file);
}

/* TERM, which is always blocked, is waited for; that it is caught shows. */
static void
caught(int signal_number)
{
    (void)signal_number;
}

static void
wait_for_end(const sigset_t *term)
{
    /* As long as a real one has tasks to lose to a second TERM. */
    static const struct timespec linger = { .tv_nsec = 30000000 };

    do {
        sigwaitinfo(term, NULL);
        note("TERM");
    } while (access(path_of("deaf"), F_OK) == 0);
    tell("STOPPING=1");
    while (sigtimedwait(term, NULL, &linger) > 0)
        note("TERM");
    note("end");
}

/* The files are the places of workers that there may be at a time. */
static void
take_place(void)
{
    char name[32];
    int place;

    for (int i = 1; i <= 3; i++) {
        snprintf(name, sizeof name, "alive-%d", i);
        place = open(path_of(name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (flock(place, LOCK_EX | LOCK_NB) == 0)
            return;
        close(place);
        snprintf(name, sizeof name, "beyond-%d", i);
        close(open(path_of(name), O_WRONLY | O_CREAT, 0600));
    }
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
    sigset_t term;

    if (count < 2 || getenv("NOTIFY_SOCKET") == NULL)
        return 2;
    directory = words[1];
    if (is_tried())
        return 0;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    signal(SIGTERM, caught);
    take_place();
    note("begin");
    snprintf(text, sizeof text, "MAINPID=%d", (int)getpid());
    tell(text);
    snprintf(text, sizeof text, "READY=1\nMAINPID=%d", (int)getpid());
    tell(text);
    wait_for_end(&term);
    return 0;
}
