/*
 * launcher-command.c - looks at the words behind pdsh's options.
 */
#include "launcher-command.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pdsh-plugin.h"

static bool
is_launcher(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash ? slash + 1 : path, "celery-tmux-launch") == 0;
}

bool
launcher_command(struct words *command)
{
    const char **word = pdsh_remote_argv(), *reason;
    bool good = true;
    char *first;

    words_clear(command);
    if (word == NULL || *word == NULL || pdsh_personality()
        != PERSONALITY_PDSH)
        return true;
    first = text_copy_part(*word, strcspn(*word, " \t\n"));
    if (strcmp(first, *word) == 0 || word[1] != NULL) {
        if (is_launcher(*word))
            while (*word != NULL)
                words_add(command, *word++);
    } else if (is_launcher(first) && !words_add_shell(command, *word,
        &reason)) {
        err("%p: celery: the command is a single word, and %s; write it "
            "without the quotes around it, or run it with -R ssh\n", reason);
        good = false;
    }
    free(first);
    return good;
}
