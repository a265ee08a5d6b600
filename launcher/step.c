/*
 * step.c - dies on request.
 */
#include "step.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
step_of(const char *verb, const char *name)
{
    const char *wanted = getenv("CELERY_TMUX_DIE_AT");
    size_t length = strlen(verb);

    if (wanted != NULL && strncmp(wanted, verb, length) == 0
        && (*name ? wanted[length] == ' '
            && strcmp(wanted + length + 1, name) == 0
            : wanted[length] == '\0'))
        kill(getpid(), SIGKILL);
}

void
step(const char *name)
{
    step_of(name, "");
}
