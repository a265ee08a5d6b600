/*
 * revision.h - which commit a directory's git repository is at.
 *
 * Read from .git, without running git: status is asked often and starts no
 * program.
 */
#ifndef SYNC_REVISION_H
#define SYNC_REVISION_H

/*
 * The commit that HEAD stands for in the repository that `directory` (NULL:
 * none) belongs to, in hexadecimal; "" when there is none, or when it cannot
 * be told.  Freed by the caller.
 */
char *revision_read(const char *directory);

/*
 * The directory .git of the repository that `directory` belongs to, or NULL
 * when it belongs to none; freed by the caller.
 */
char *revision_git(const char *directory);

#endif
