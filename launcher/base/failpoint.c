/*
 * failpoint.c - dies on request, in the program that tests run; the one that
 * is installed obeys nobody.
 */
#include "base/failpoint.h"

#ifdef DIES_AT_STEPS

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

void
failpoint(const char *name)
{
    const char *desired = getenv("CELERY_TMUX_DIE_AT");
    const char *steps = getenv("CELERY_TMUX_STEPS");
    FILE *file = steps != NULL ? fopen(steps, "ae") : NULL;

    if (file != NULL) {
        fprintf(file, "%s\n", name);
        fclose(file);
    }
    if (desired != NULL && strcmp(desired, name) == 0)
        kill(getpid(), SIGKILL);
}

void
failpoint_of(const char *verb, const char *name)
{
    char *both = text_format("%s %s", verb, name);

    failpoint(both);
    free(both);
}

#else

void
failpoint(const char *name)
{
    (void)name;
}

void
failpoint_of(const char *verb, const char *name)
{
    (void)verb;
    (void)name;
}

#endif
