/*
 * pdsh-plugin.c - where the options of the pdsh that loaded us lie.
 */
#include "pdsh-plugin.h"

#include <stdio.h>
#include <unistd.h>

/* The switches -d to -b; pdsh's own `bool` was an enum before 2.33. */
enum { SWITCHES = 7 };

struct opt_of_2_31 {
    char *program;
    int switches[SWITCHES];
    struct pdsh_options options;
};

struct opt_of_2_33 {
    char *program;
    bool switches[SWITCHES];
    struct pdsh_options options;
};

/* The hooks have been the same in all of pdsh 2. */
const struct pdsh_options *
plugin_options(const struct pdsh_opt *opt)
{
    const struct pdsh_options *options;
    int major, minor;

    if (sscanf(pdsh_version, "pdsh-%d.%d", &major, &minor) != 2
        || major != 2 || minor < 31)
        return NULL;
    options = minor < 33 ? &((const struct opt_of_2_31 *)opt)->options
        : &((const struct opt_of_2_33 *)opt)->options;
    return options->local_uid == getuid() && options->fanout > 0
        && options->connect_timeout >= 0 && options->command_timeout >= 0
        ? options : NULL;
}
