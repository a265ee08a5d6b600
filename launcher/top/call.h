/*
 * call.h - the calls of celery-tmux-launch that the board stands for, on this
 * node or by way of pdsh.
 */
#ifndef TOP_CALL_H
#define TOP_CALL_H

#include "base/problem.h"
#include "base/words.h"

struct call {
    const char *hosts;          /* -w, as it was given; NULL */
    const char *worker;         /* -W; with neither, this node */
    const char *config;         /* -c; NULL */
    struct words chosen;        /* --all, --queue=..., and WORKERs behind -- */
    char *launcher;             /* on this node */
    struct words names;         /* of the nodes */
};

bool call_is_local(const struct call *call);
/*
 * Find the launcher, which lies beside this program or in PATH, and the names
 * of the nodes; false with a sentence.
 */
bool call_prepare(struct call *call, struct problem *problem);
/*
 * Add the words of a command for `nodes`, a host list, that goes on behind
 * `options` of pdsh, which may be NULL.
 */
void call_words(const struct call *call, const char *nodes,
    const char *option, const char *command, struct words *words);
void call_clear(struct call *call);

#endif
