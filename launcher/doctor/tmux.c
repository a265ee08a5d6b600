/*
 * tmux.c - is there a tmux that can do what tmux/tmux.c asks of it?
 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "base/trust.h"
#include "tmux/version.h"

/* tmux obeys these when its server begins; whoever can write one is us. */
static void
examine_files(struct doctor *doctor)
{
    const char *home = doctor->context->node.home;
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
    char *version;

    if (tmux_version(&version, &problem))
        doctor_detail(doctor, "%s", version);
    else
        doctor_tell(doctor, true, &problem);
    free(version);
    examine_files(doctor);
}
