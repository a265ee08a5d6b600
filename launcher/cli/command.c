/*
 * command.c - the list of commands.
 */
#include "cli/command.h"

#include <string.h>

#include "base/text.h"

extern const struct command command_start, command_stop, command_kill,
    command_restart, command_apply, command_tend, command_status,
    command_logs, command_attach, command_show, command_check,
    command_hosts, command_settings, command_plan, command_run,
    command_exec, command_succeed, command_sync;

/* In the order of --help and of the manual page. */
const struct command *const commands[] = {
    &command_start, &command_stop, &command_kill, &command_restart,
    &command_apply, &command_tend, &command_status, &command_logs,
    &command_attach, &command_sync, &command_show, &command_check,
    &command_hosts, &command_settings, &command_plan, &command_run,
    &command_exec, &command_succeed, NULL
};

/* The known command most like `name`, or NULL. */
static const char *
nearest_command(const char *name)
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

const struct command *
command_find(const char *name, struct problem *problem)
{
    const char *near;

    if (name == NULL) {
        problem_add(problem, STATUS_USAGE, "say what to do, as in "
            "celery-tmux-launch start; --help lists the commands");
        return NULL;
    }
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    near = nearest_command(name);
    problem_add(problem, STATUS_USAGE, near ? "there is no command "
        "%s; did you mean %s?" : "there is no command %s; "
        "celery-tmux-launch --help lists those that are", name, near);
    return NULL;
}
