/*
 * stand-in-ssh.c - for wide fan-outs: an ssh that costs next to nothing,
 * takes STAND_IN_MS milliseconds and ends with STAND_IN_STATUS.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char answer[] = "celery: running\n";

static long
number(const char *name)
{
    const char *text = getenv(name);

    return text != NULL ? atol(text) : 0;
}

int
main(void)
{
    long wait = number("STAND_IN_MS");
    struct timespec pause = { wait / 1000, wait % 1000 * 1000000 };

    nanosleep(&pause, NULL);
    if (write(STDOUT_FILENO, answer, strlen(answer)) < 0)
        return 255;
    return number("STAND_IN_STATUS");
}
