/*
 * pdsh-plugin.c - whether pdsh-plugin.h describes the pdsh that loaded us.
 */
#include "pdsh-plugin.h"

#include <stdio.h>
#include <unistd.h>

/*
 * The hooks have been the same in all of pdsh 2, and `bool` is one byte since
 * 2.33.
 */
bool
plugin_fits(const struct pdsh_options *options)
{
    int major, minor;

    return sscanf(pdsh_version, "pdsh-%d.%d", &major, &minor) == 2
        && major == 2 && minor >= 33 && options->local_uid == getuid()
        && options->fanout > 0 && options->connect_timeout >= 0
        && options->command_timeout >= 0;
}
