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
    const char *base = getenv("XDG_CONFIG_HOME");
    struct words files = {0};

    words_add(&files, "/etc/tmux.conf");
    words_addf(&files, "%s/.tmux.conf", home);
    words_addf(&files, "%s/.config/tmux/tmux.conf", home);
    if (base != NULL) {
        char *file = text_format("%s/tmux/tmux.conf", base);

        if (!words_contain(&files, file))
            words_add(&files, file);
        free(file);
    }
    for (size_t i = 0; i < files.count; i++) {
        struct problem problem = {0};

        if (access(files.word[i], F_OK) == 0
            && !trust_path(files.word[i], &problem))
            doctor_tell(doctor, false, &problem);
    }
    words_clear(&files);
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
