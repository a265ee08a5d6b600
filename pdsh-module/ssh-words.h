/*
 * ssh-words.h - the words that pdsh's own ssh module would give to ssh.
 *
 * PDSH_SSH_ARGS, PDSH_SSH_ARGS_APPEND, DSHPATH, -t, -l and user@host mean
 * the same here as there: sites have them in their profiles.
 */
#ifndef SSH_WORDS_H
#define SSH_WORDS_H

#include "base/words.h"
#include "pdsh-plugin.h"

/* Add what is the same for all targets; %h, %u and %n are not filled in. */
void ssh_words_common(const struct pdsh_options *options,
    struct words *words);

/*
 * Add the words for one target, made of the common ones: its name comes last
 * where nobody said otherwise, and its user only where `user` is true.
 */
void ssh_words_target(const struct words *common, bool user,
    struct words *words);

/* Fill in %h, %u, %n (as in pdsh -R exec) and %%; freed by the caller. */
char *ssh_words_fill(const char *word, const char *host, const char *user,
    int rank);

#endif
