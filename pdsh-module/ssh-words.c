/*
 * ssh-words.c - puts ssh's command line together, quirk by quirk as pdsh's
 * own module does.
 */
#include "ssh-words.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* Split at blanks, except between brackets. */
static void
ssh_split(const char *text, struct words *words)
{
    while (*(text += strspn(text, " "))) {
        size_t length = 0;
        int depth = 0;

        for (; text[length] && (depth != 0 || text[length] != ' '); length++)
            depth += text[length] == '[' ? 1 : text[length] == ']' ? -1 : 0;
        words_addf(words, "%.*s", (int)length, text);
        text += length;
    }
}

/* DSHPATH, said to the shell on the other side as pdsh itself says it. */
static void
add_path(struct words *words)
{
    const char *path = getenv("DSHPATH");
    const struct passwd *entry = path ? getpwuid(getuid()) : NULL;

    if (path != NULL)
        words_addf(words, entry && text_ends(entry->pw_shell, "csh")
            ? "setenv PATH %s;" : "PATH=%s;", path);
}

void
ssh_words_common(const struct pdsh_options *options, struct words *words)
{
    const char *said = getenv("PDSH_SSH_ARGS");
    const char *more = getenv("PDSH_SSH_ARGS_APPEND");

    if (options->connect_timeout > 0)
        words_addf(words, "-oConnectTimeout=%d", options->connect_timeout);
    ssh_split(more ? more : "", words);
    ssh_split(said ? said : "-2 -a -x %h", words);
    add_path(words);
}

/* The first "%h" counts, and not when it is written "%%h". */
static bool
mentions(const char *word, const char *parameter)
{
    const char *found = strstr(word, parameter);

    return found != NULL && (found == word || found[-1] != '%');
}

static bool
any_mentions(const struct words *words, const char *parameter)
{
    for (size_t i = 0; i < words->count; i++)
        if (mentions(words->word[i], parameter))
            return true;
    return false;
}

void
ssh_words_target(const struct words *common, bool user, struct words *words)
{
    bool host = any_mentions(common, "%h");

    user = user && !any_mentions(common, "%u");
    for (size_t i = 0; i < common->count; i++) {
        if (user && mentions(common->word[i], "%h")) {
            words_add(words, "-l%u");
            user = false;
        }
        words_add(words, common->word[i]);
    }
    if (user)
        words_add(words, "-l%u");
    if (!host)
        words_add(words, "%h");
}

char *
ssh_words_fill(const char *word, const char *host, const char *user, int rank)
{
    char *filled = text_copy("");

    for (; *word; word++) {
        if (*word != '%')
            text_append(&filled, "%c", *word);
        else if (word[1] == 'h')
            text_append(&filled, "%s", host);
        else if (word[1] == 'u')
            text_append(&filled, "%s", user);
        else if (word[1] == 'n')
            text_append(&filled, "%d", rank);
        else if (word[1] == '%')
            text_append(&filled, "%%");
        else
            text_append(&filled, "%%%.1s", word + 1);
        if (*word == '%' && word[1])
            word++;
    }
    return filled;
}
