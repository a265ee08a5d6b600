/*
 * options-print.c - the lines of --help about options.
 */
#include "cli/options.h"

#include <stdlib.h>

#include "base/text.h"

void
options_print(FILE *stream, unsigned accepts, char *(*who)(unsigned accept))
{
    const struct option *option;

    for (size_t i = 0; (option = options_row(i)) != NULL; i++) {
        char *name, *whose;

        if (!option->help || (option->accept && !(option->accept & accepts)))
            continue;
        name = text_format("%s%s%s", option->name,
            option->argument ? " " : "",
            option->argument ? option->argument : "");
        whose = who && option->accept ? who(option->accept) : NULL;
        fprintf(stream, option->letter ? "  -%c, --%-16s %s%s%s\n"
            : "    %c --%-16s %s%s%s\n", option->letter ? option->letter : ' ',
            name, whose ? whose : "", whose ? ": " : "", option->help);
        free(whose);
        free(name);
    }
    if ((accepts & ACCEPT_SETTINGS) == ACCEPT_SETTINGS)
        fprintf(stream, "      --%-16s %s\n", "KEY=VALUE",
            "a setting; celery-tmux-launch settings lists them");
    else if (accepts & ACCEPT_STATE_DIR)
        fprintf(stream, "      --%-16s %s\n", "state-dir=DIR",
            "where the records are, if not in the default state_dir");
}
