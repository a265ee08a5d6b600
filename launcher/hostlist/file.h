/*
 * file.h - the lines of a file of hosts, as pdsh reads one: `#`
 * begins a comment, and "#include FILE" at the beginning of a line stands for
 * the lines of that file.  A file without a slash at the beginning, or "./"
 * or "../", is looked for beside the first file; one that was already read is
 * not read again.
 */
#ifndef HOSTLIST_FILE_H
#define HOSTLIST_FILE_H

#include <stdbool.h>

/* `line` has neither comment nor end and is gone after the call. */
typedef bool hostlist_line(const char *line, const char *file, int number,
    void *data);

/*
 * Call `visit` for each line of `path`; "-" is standard input.  False when
 * `visit` said so, with `*reason` NULL, or when a file cannot be read, with
 * the reason, freed by the caller.
 */
bool hostlist_file(const char *path, hostlist_line *visit, void *data,
    char **reason);

#endif
