/*
 * doctor-tmux.c - is there a tmux that can do what tmux.c asks of it?
 */
#include "doctor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "text.h"
#include "trust.h"

/*
 * The first that keeps the pane of a program that failed and closes that of
 * one that did not (remain-on-exit failed).
 */
enum { MAJOR = 3, MINOR = 2 };

/*
 * "tmux 3.3a", "tmux next-3.4".  What is built from its sources says
 * "tmux master", OpenBSD's its system's version: they are new.
 */
static bool
is_old(const char *version)
{
    const char *number = version + strcspn(version, "0123456789");
    char *rest;
    long major = strtol(number, &rest, 10);

    if (*number == '\0' || strstr(version, "openbsd") || *rest != '.')
        return false;
    return major < MAJOR
        || (major == MAJOR && strtol(rest + 1, NULL, 10) < MINOR);
}

/* tmux obeys these when its server begins; whoever can write one is us. */
static void
examine_files(struct doctor *doctor)
{
    const char *home = doctor->call->node.home;
    char *files[] = {
        text_copy("/etc/tmux.conf"), text_format("%s/.tmux.conf", home),
        text_format("%s/.config/tmux/tmux.conf", home)
    };

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct problem problem = {0};

        if (access(files[i], F_OK) == 0 && !trust_path(files[i], &problem))
            doctor_tell(doctor, false, &problem);
        free(files[i]);
    }
}

void
examine_tmux(struct doctor *doctor)
{
    struct problem problem = {0};
    struct words words = {0};
    char *printed;
    int result;

    words_add(&words, "tmux");
    words_add(&words, "-V");
    if (!process_run(&words, &printed, &result, &problem))
        doctor_tell(doctor, true, &problem);
    else {
        printed[strcspn(printed, "\n")] = '\0';
        if (result != 0 || !text_starts(printed, "tmux "))
            doctor_fail(doctor, STATUS_UNAVAILABLE, "tmux -V says \"%s\" "
                "and ends with status %d; install a tmux that works",
                printed, result);
        else if (is_old(printed))
            doctor_fail(doctor, STATUS_UNAVAILABLE, "%s is too old; install "
                "tmux %d.%d or later", printed, MAJOR, MINOR);
        else
            doctor_detail(doctor, "%s", printed);
    }
    free(printed);
    words_clear(&words);
    examine_files(doctor);
}
