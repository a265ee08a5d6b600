/*
 * launcher-command.h - is it our command that pdsh was given?
 */
#ifndef LAUNCHER_COMMAND_H
#define LAUNCHER_COMMAND_H

#include "base/words.h"

/*
 * Make `command` pdsh's words when celery-tmux-launch is to run, by whatever
 * path, else empty.  A whole command in one word is split as a shell would, as
 * long as that is all a shell would do; false, with a sentence, when it is not.
 */
bool launcher_command(struct words *command);

#endif
