/*
 * file.h - all of a file at once, its one name, and the way to one.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Read to the end, whatever size the file says it has (those of /proc have
 * none), with a NUL byte behind it; `*size` is without that.  NULL with errno
 * when it cannot be read, EFBIG when it has more than `most` bytes.  The text
 * and the descriptor stay with the caller.
 */
char *file_read(int descriptor, size_t most, size_t *size);
/*
 * The same of a regular file for whoever knows its size: no more than that is
 * read, so that nobody need ask whether there is more.
 */
char *file_read_known(int descriptor, size_t known, size_t *size);

/*
 * Write all of it; false with errno.  A `patient` call waits where the
 * descriptor would not block, for somebody who shares it may have made it so.
 */
bool file_write(int descriptor, const char *text, size_t size, bool patient);

/*
 * One name for a path however it was typed: absolute, by $PWD where that is
 * the current directory, without "//" and ".".  Symbolic links stay as they
 * are, except where the path goes up through "..", which only the file system
 * can tell.  A path that leads nowhere is taken no further.  Freed by the
 * caller.
 */
char *file_absolute(const char *path);

/*
 * What the caller closed of the three standard descriptors leads nowhere from
 * now on: the next file opened would take its place, and get what is printed.
 */
void file_open_standard(void);

/*
 * A text as a file without a path, called `name` where it shows at all: it may
 * hold secrets.  Read from its beginning; -1 with errno.
 */
int file_in_memory(const char *name, const char *text, size_t size);

/*
 * mkdir -p, everything new for the owner alone, and there to stay when the
 * power fails; false with errno.
 */
bool file_make_directories(const char *path);

/*
 * The contents of the file, or of the directory, are on the disk when this
 * returns; false with errno.  True on file systems that cannot promise that.
 */
bool file_sync(int descriptor);
bool file_sync_directory(const char *path);

#endif
