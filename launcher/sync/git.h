/*
 * git.h - what sync has to know of git besides the commands it is told.
 */
#ifndef SYNC_GIT_H
#define SYNC_GIT_H

#include "base/words.h"

/*
 * Add our own environment, but in English, and without the repository that
 * it names: a hook of git's has that of its own there.
 */
void git_environment(struct words *environment);

/*
 * Why a git command failed, and the way out, by what it `printed` in English;
 * NULL when that says nothing we know.  Static text.
 */
const char *git_explain(const char *printed);

/*
 * One word for the commits that a repository and its submodules are at, or
 * NULL when git does not tell; freed by the caller.
 */
char *git_state(const char *directory);

#endif
