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
#include "base/words.h"

/* All steps, and the verbs of those that have a name behind them. */
static const char *const steps[] = {
    "asked", "begun", "bytecode", "cleared", "considered", "dead", "down",
    "ended", "found", "git", "let go", "locked", "next", "record", "renamed",
    "revived", "session", "setup", "succeed", "surge over", "surged",
    "took over", "wait", "writing", "wrote", NULL
};

/* Ends before main() a program that is only to print the table. */
__attribute__((constructor))
static void
failpoint_list(void)
{
    if (getenv("CELERY_TMUX_LIST_STEPS") == NULL)
        return;
    for (size_t i = 0; steps[i] != NULL; i++)
        dprintf(STDOUT_FILENO, "%s\n", steps[i]);
    _exit(0);
}

/*
 * Some tests want to die at the second time that a process comes to a step, or
 * a later one: "wrote run 2".  Freed by the caller.
 */
static char *
step_name(const char *step)
{
    static struct words reached;
    unsigned turn = 1;

    if (getenv("CELERY_TMUX_EACH") == NULL)
        return text_copy(step);
    for (size_t i = 0; i < reached.count; i++)
        turn += strcmp(reached.word[i], step) == 0;
    words_add(&reached, step);
    return turn == 1 ? text_copy(step) : text_format("%s %u", step, turn);
}

/* Come to a step whose verb has to be in the table. */
static void
failpoint_reach(const char *known, char *step)
{
    const char *desired = getenv("CELERY_TMUX_DIE_AT");
    const char *path = getenv("CELERY_TMUX_STEPS");
    FILE *file = path != NULL ? fopen(path, "ae") : NULL;
    size_t i = 0;

    while (steps[i] != NULL && strcmp(steps[i], known) != 0)
        i++;
    if (steps[i] == NULL) {
        dprintf(STDERR_FILENO, "failpoint: no step is called \"%s\"; add it "
            "to the table in launcher/base/failpoint.c\n", known);
        _exit(70);
    }
    if (file != NULL) {
        fprintf(file, "%s\n", step);
        fclose(file);
    }
    if (desired != NULL && strcmp(desired, step) == 0)
        kill(getpid(), SIGKILL);
    free(step);
}

void
failpoint(const char *name)
{
    failpoint_reach(name, step_name(name));
}

void
failpoint_of(const char *verb, const char *name)
{
    char *both = text_format("%s %s", verb, name);

    failpoint_reach(verb, step_name(both));
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
