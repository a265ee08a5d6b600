/*
 * quick.c - hands ssh a configuration of ours that begins with the user's and
 * the machine's.
 *
 * ssh takes the first value that it meets for a keyword, and one from the
 * command line before any.  So ours is no -o but the end of a file, which is
 * in memory; -F in PDSH_SSH_ARGS takes its place.
 */
#include "quick.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "pdsh-plugin.h"

/*
 * A pattern, for later versions have the same exchange under a second name;
 * and to take one away is not an error where it is not known.
 */
static const char exchange[] = "Host *\nKexAlgorithms -sntrup761*\n";

static const char *
said(void)
{
    const char *text = getenv("PDSH_CELERY_SSH");

    return text != NULL && strcmp(text, "0") != 0 ? text : "";
}

/* The first of these is what ssh reads for everybody. */
static const char *
system_file(void)
{
    static const char vendor[] = "/usr/etc/ssh/ssh_config";

    return access("/etc/ssh/ssh_config", F_OK) != 0
        && access(vendor, F_OK) == 0 ? vendor : "/etc/ssh/ssh_config";
}

void
quick_words(struct words *words)
{
    const char *other = getenv("PDSH_CELERY_RSH");
    const struct passwd *account;
    char *text;
    int descriptor;

    /* Another program may have other options. */
    if (strcmp(said(), "quick") != 0 || (other != NULL && *other))
        return;
    /* ssh could not open it if pdsh were setuid. */
    if (prctl(PR_GET_DUMPABLE) != 1)
        return;
    /* ssh goes by the account, and its ~ by $HOME. */
    account = getpwuid(getuid());
    if (account == NULL)
        return;
    text = text_format("Include \"%s/.ssh/config\"\nInclude %s\n%s",
        account->pw_dir, system_file(), exchange);
    descriptor = file_in_memory("ssh_config", text, strlen(text));
    free(text);
    /* ssh closes what it inherits, and a jump host's ssh gets the name too. */
    if (descriptor >= 0) {
        words_add(words, "-F");
        words_addf(words, "/proc/%d/fd/%d", (int)getpid(), descriptor);
    }
}

bool
quick_check(void)
{
    if (*said() == '\0' || strcmp(said(), "quick") == 0)
        return true;
    err("%p: celery: PDSH_CELERY_SSH is \"%s\"; write quick, or leave it "
        "out\n", said());
    return false;
}
