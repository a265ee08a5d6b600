/*
 * candidate.h - what a word on a command line may become.
 *
 * Each function prints candidates, a line each, that begin as the word does:
 * the whole word, then, when there is something to say of it, a tab and its
 * meaning.  Those of the configuration are none when it is not there or wrong.
 */
#ifndef INTERNAL_CANDIDATE_H
#define INTERNAL_CANDIDATE_H

#include "cli/command.h"

/* The word that is typed. */
struct word {
    struct context *context;    /* gets the configuration when it is needed */
    const struct words *others; /* names on the line that need not come again */
    char *before;               /* the part that stays as it is; owned */
    const char *begun;          /* the part to be completed */
};

/* Leave `length` more bytes of the word as they are. */
void candidate_keep(struct word *word, size_t length);

/* One candidate; `meaning` may be NULL. */
void candidate_offer(const struct word *word, const char *text,
    const char *meaning);
/*
 * The names of files, which shells complete in their own ways: a tab, `kind`,
 * "file" or "directory", a tab, and what stays before the name.
 */
void candidate_files(const struct word *word, const char *kind);
/* Keys of settings; as options they end with "=", and not all are any. */
void candidate_keys(const struct word *word, bool options);
void candidate_values(const struct word *word, const struct setting *setting);

void candidate_workers(const struct word *word);
void candidate_queues(const struct word *word);
void candidate_nodes(const struct word *word);
/* Nodes for the last part of a host list, or a file behind ^. */
void candidate_hosts(struct word *word);

#endif
