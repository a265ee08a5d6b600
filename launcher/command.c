/*
 * command.c - the list of commands.
 */
#include "command.h"

#include <string.h>

#include "text.h"

extern const struct command command_start, command_stop, command_kill,
    command_restart, command_status, command_logs, command_attach,
    command_show, command_check, command_hosts, command_settings,
    command_run, command_exec, command_succeed;

/* In the order of --help and of the manual page. */
const struct command *const commands[] = {
    &command_start, &command_stop, &command_kill, &command_restart,
    &command_status, &command_logs, &command_attach, &command_show,
    &command_check, &command_hosts, &command_settings, &command_run,
    &command_exec, &command_succeed, NULL
};

const struct command *
command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

const char *
command_nearest(const char *name)
{
    size_t nearest = strlen(name) / 3 + 2;
    const char *found = NULL;

    for (size_t i = 0; commands[i]; i++) {
        size_t distance = text_distance(commands[i]->name, name);

        if (distance < nearest && !commands[i]->internal) {
            nearest = distance;
            found = commands[i]->name;
        }
    }
    return found;
}
