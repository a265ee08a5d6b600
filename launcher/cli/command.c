/*
 * command.c - the list of commands.
 */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

extern const struct command command_start, command_stop, command_kill,
    command_restart, command_apply, command_tend, command_status,
    command_logs, command_attach, command_show, command_check,
    command_hosts, command_settings, command_plan, command_run,
    command_exec, command_succeed, command_watchdog, command_sync,
    command_complete, command_ship, command_top, command_watch,
    command_tile;

/* In the order of --help and of the manual page. */
const struct command *const commands[] = {
    &command_start, &command_stop, &command_kill, &command_restart,
    &command_apply, &command_tend, &command_status, &command_logs,
    &command_attach, &command_top, &command_watch, &command_sync,
    &command_show, &command_check, &command_hosts, &command_settings,
    &command_plan, &command_run, &command_exec, &command_succeed,
    &command_watchdog, &command_complete, &command_ship, &command_tile, NULL
};

/* Words for the same thing elsewhere, which no spelling brings near. */
static const char *const elsewhere[][2] = {
    { "list", "status" }, { "ls", "status" }, { "ps", "status" },
    { "up", "start" }, { "down", "stop" }, { "reload", "restart" },
};

/* The known command most like `name`, or NULL. */
static const char *
nearest_command(const char *name)
{
    size_t nearest = strlen(name) / 3 + 2;
    const char *found = NULL;

    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcmp(elsewhere[i][0], name) == 0)
            return elsewhere[i][1];
    for (size_t i = 0; commands[i]; i++) {
        size_t distance = text_distance(commands[i]->name, name);

        if (distance < nearest && !commands[i]->internal) {
            nearest = distance;
            found = commands[i]->name;
        }
    }
    return found;
}

void
command_words(struct options *options)
{
    struct words *arguments = &options->arguments;

    if (options->command == NULL)
        return;
    if (strcmp(options->command, "version") == 0)
        options->version = true;
    if (strcmp(options->command, "help") != 0)
        return;
    free(options->command);
    options->help = true;
    options->command = arguments->count > 0 ? text_copy(arguments->word[0])
        : NULL;
    words_clear(arguments);
}

char *
command_names(unsigned accept)
{
    struct words names = {0};
    char *text;

    for (size_t i = 0; commands[i]; i++)
        if (!commands[i]->internal && (commands[i]->accepts & accept))
            words_add(&names, commands[i]->name);
    text = names.count <= 3 ? words_join(&names, ", ") : NULL;
    words_clear(&names);
    return text;
}

const struct command *
command_find(const char *name, struct problem *problem)
{
    const char *near;

    if (name == NULL) {
        problem_add(problem, STATUS_USAGE, "name a command, such as start; "
            "--help lists them");
        return NULL;
    }
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    near = nearest_command(name);
    problem_add(problem, STATUS_USAGE, near ? "there is no command "
        "%s; did you mean %s?" : "there is no command %s; celery-tmux-launch "
        "--help lists them", name, near);
    return NULL;
}
