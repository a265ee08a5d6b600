/*
 * names.h - the names that follow from what a worker is called: of its tmux
 * session and of its Celery node.  All results are freed by the caller.
 */
#ifndef WORKER_NAMES_H
#define WORKER_NAMES_H

/*
 * `text` as a session's name.  tmux cannot have . and : in one and expands #
 * in some places (F3), and one that begins with = @ $ % would be taken for
 * something else.
 */
char *name_session(const char *text);
/* The session of a queue: StarCluster's "celery-" + queue, fit for tmux. */
char *name_session_of_queue(const char *queue);

/* NAME@%h, Celery's node name, such that `celery inspect -d` takes it. */
char *name_node(const char *name);
/* NAME+2@HOST for the second instance of a worker with a node name. */
char *name_numbered_node(const char *node, unsigned instance);

#endif
