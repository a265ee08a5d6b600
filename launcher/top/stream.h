/*
 * stream.h - where the board's lines come from: `celery-tmux-launch status
 * --json --follow` on this node, or one pdsh for all nodes, and another one
 * later for those that were lost.
 */
#ifndef TOP_STREAM_H
#define TOP_STREAM_H

#include <poll.h>
#include <sys/types.h>

#include "base/problem.h"
#include "top/board.h"
#include "top/call.h"
#include "top/reader.h"

struct stream {
    pid_t pid;
    struct reader out, err;
};

struct streams {
    const struct call *call;
    struct board *board;
    struct stream *stream;
    size_t count;
    pid_t read;                 /* the one that is being read */
    bool told;                  /* of one node that its connection ended */
    char *said;                 /* what was said last of no node; or NULL */
    int status;                 /* of the last that ended until then */
};

/* Begin to listen to all nodes; false with a sentence. */
bool streams_open(struct streams *streams, const struct call *call,
    struct board *board, struct problem *problem);
/* Add what is to be polled; `*count` grows. */
void streams_poll(const struct streams *streams, struct pollfd **polled,
    size_t *count);
/* Read what there is, without waiting. */
void streams_read(struct streams *streams, long long now);
/* Try again where it is time.  When is the next time?  0: none is due. */
long long streams_retry(struct streams *streams, long long now);
/* Has it ended before any node was heard of?  Then with what it said. */
bool streams_failed(const struct streams *streams, struct problem *problem);
/* End what is left of them, and wait for that. */
void streams_close(struct streams *streams);

#endif
