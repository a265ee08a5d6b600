/*
 * envfile.h - a file with a line NAME=TEXT for each environment
 * variable.
 *
 * Blank lines and lines that begin with # are left out, so is the word
 * "export" before a name; quotes around a whole TEXT are taken off.  Nothing
 * is expanded.
 */
#ifndef CONFIG_ENVFILE_H
#define CONFIG_ENVFILE_H

#include "base/problem.h"
#include "base/words.h"
#include "config/layer.h"

/* Add each variable as NAME=TEXT.  False with STATUS_CONFIG, or
 * STATUS_PERMISSION when somebody else could have written the file. */
bool envfile_read(const char *path, struct words *variables,
    struct problem *problem);

/*
 * The same of the file that a resolved worker names, if it names one; `*path`
 * is where that lies then, else NULL, and is freed by the caller.
 */
bool envfile_read_for(const struct layer *layer, char **path,
    struct words *variables, struct problem *problem);

#endif
