/*
 * stand-in.c - a worker that costs nothing: it is ready at once.
 *
 *   stand-in SECONDS-FILE MEGABYTES    prints so much first, in lines, and
 *                                      leaves in the file how long that took
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* What celery-tmux waits for; nobody else listens. */
static void
say_ready(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int speaker = socket(AF_UNIX, SOCK_DGRAM, 0);
    char text[64];

    if (name == NULL || speaker < 0)
        return;
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s",
        name + 1);
    snprintf(text, sizeof text, "READY=1\nMAINPID=%d", (int)getpid());
    sendto(speaker, text, strlen(text), 0, (struct sockaddr *)&address,
        offsetof(struct sockaddr_un, sun_path) + strlen(name));
}

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void
print(const char *path, long megabytes)
{
    static char block[100 * 10000];
    double began = now();
    FILE *file;

    memset(block, 'x', sizeof block);
    for (size_t end = 99; end < sizeof block; end += 100)
        block[end] = '\n';
    for (long number = 0; number < megabytes; number++)
        for (size_t done = 0; done < sizeof block;) {
            ssize_t count = write(STDOUT_FILENO, block + done,
                sizeof block - done);

            if (count <= 0)
                exit(1);
            done += (size_t)count;
        }
    file = fopen(path, "w");
    if (file == NULL || fprintf(file, "%.6f\n", now() - began) < 0 ||
        fclose(file) != 0)
        exit(1);
}

int
main(int count, char **words)
{
    say_ready();
    if (count > 2 && atol(words[2]) > 0)
        print(words[1], atol(words[2]));
    for (;;)
        pause();
}
