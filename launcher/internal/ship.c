/*
 * ship.c - what puts this program on nodes that do not have it.
 *
 *     ship
 *
 * Prints the script that a shell on a node runs (ship.sh), up to a NUL byte;
 * then the program, linked statically, for the script to read where it is
 * missing.  It is this one if it is such a program, else the one that was
 * installed for that.  pdsh-module/ is who calls it.
 */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"
#include "base/plain.h"
#include "base/text.h"
#include "ship-script.h"
#include "system/spawn.h"

/* A program that needs libraries was loaded by another one. */
static bool
is_static(void)
{
    return getauxval(AT_BASE) == 0;
}

/* Where installations have it: for PREFIX/bin/NAME in PREFIX/lib. */
static char *
installed(const char *own, const char *machine)
{
    const char *end = strrchr(own, '/');

    while (end > own && *--end != '/')
        continue;
    return text_format("%.*s/lib/celery-tmux/celery-tmux-launch-%s",
        (int)(end - own), own, machine);
}

/* What a program prints that is to end well; NULL with a sentence. */
static char *
ask(const char *program, const char *argument, struct problem *problem)
{
    struct words words = {0};
    char *printed = NULL;
    int result;

    words_add(&words, program);
    words_add(&words, argument);
    if (spawn_run(&words, &printed, &result, problem) && result != 0) {
        problem_add(problem, STATUS_UNAVAILABLE, "%s %s failed with status %d: "
            "%.*s", program, argument, result, (int)strcspn(printed, "\n"),
            printed);
        free(printed);
        printed = NULL;
    }
    words_clear(&words);
    return printed;
}

/* A version of its own would make each node say that it is another. */
static bool
check_program(const char *path, struct problem *problem)
{
    char *printed;
    bool same;

    if (access(path, X_OK) != 0)
        return problem_add(problem, STATUS_UNAVAILABLE, "there is no program "
            "to send: %s: %s; run \"make static\" and \"make install\", or "
            "leave PDSH_CELERY_SHIP out and install celery-tmux on the nodes",
            path, strerror(errno));
    printed = ask(path, "--version", problem);
    if (printed == NULL)
        return false;
    same = strcmp(printed, "celery-tmux-launch " VERSION "\n") == 0;
    free(printed);
    return same || problem_add(problem, STATUS_UNAVAILABLE, "%s is of another "
        "version than " VERSION ", which runs here; run \"make static\" and "
        "\"make install\"", path);
}

static char *
find_program(const char *machine, struct problem *problem)
{
    struct words words = {0};
    char *path;

    if (!spawn_self_words(&words, NULL, NULL, problem))
        return NULL;
    path = is_static() ? text_copy(words.word[0])
        : installed(words.word[0], machine);
    words_clear(&words);
    if (!check_program(path, problem)) {
        free(path);
        return NULL;
    }
    return path;
}

static void
print_shipment(const char *path, const char *machine, struct problem *problem)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = 0;
    char *program = descriptor < 0 ? NULL
        : file_read(descriptor, SIZE_MAX, &size);
    char *sum = NULL;

    if (program == NULL)
        problem_add(problem, STATUS_UNAVAILABLE, "cannot read %s: %s; correct "
            "its permissions", path, strerror(errno));
    else
        sum = ask("sha256sum", path, problem);
    if (sum != NULL) {
        plain_pass();
        fprintf(plain_out, "sum=%.64s size=%zu arch=%s version=%s\n%s",
            sum + (*sum == '\\'), size, machine, VERSION, ship_script);
        putc('\0', plain_out);
        fwrite(program, 1, size, plain_out);
    }
    if (descriptor >= 0)
        close(descriptor);
    free(program);
    free(sum);
}

static enum status
ship(struct context *context, struct problem *problem)
{
    struct utsname system;
    char *path;

    (void)context;
    uname(&system);
    path = find_program(system.machine, problem);
    if (path != NULL)
        print_shipment(path, system.machine, problem);
    free(path);
    return problem->status;
}

const struct command command_ship = {
    .name = "ship", .usage = "", .internal = true,
    .help = "Print what puts this program on nodes; pdsh's module calls it.",
    .run = ship,
};
