/*
 * spawn-self.c - the words that call this program once more, from the file
 * that it was started from.
 */
#include "system/spawn.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/*
 * Another version may have replaced this one, and then the kernel calls the
 * file of this one deleted.  The other lies at the same path; NULL: none does.
 */
static char *
path_of_successor(void)
{
    static const char deleted[] = " (deleted)";
    char path[PATH_MAX + sizeof deleted];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);

    if (size < 0)
        return NULL;
    path[size] = '\0';
    if (!text_ends(path, deleted))
        return NULL;
    path[size - strlen(deleted)] = '\0';
    return realpath(path, NULL);
}

bool
spawn_self_words(struct words *words, const char *command,
    const char *argument, struct problem *problem)
{
    char *path = realpath("/proc/self/exe", NULL);

    if (path == NULL)
        path = path_of_successor();
    if (path == NULL)
        return problem_add(problem, STATUS_INTERNAL, "cannot find this "
            "program's own file: %s; check that it is installed and that "
            "/proc is mounted",
            strerror(errno));
    words_add(words, path);
    if (command != NULL)
        words_add(words, command);
    if (argument != NULL)
        words_add(words, argument);
    free(path);
    return true;
}
