/*
 * tree.h - the processes of this machine, from /proc.  The only file that
 * reads it.
 *
 * A process is always a pid with its start time, since a pid alone is given
 * to somebody else later.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "words.h"

struct process {
    pid_t pid;                  /* 0: none */
    unsigned long long start;   /* clock ticks since boot */
};

/* A list of processes; all zeroes is empty; tree_clear() gives it back. */
struct tree {
    struct process *process;
    size_t count;
};

/* The process that has this pid now; pid 0 in it when there is none. */
struct process tree_process(pid_t pid);
/* Does it still run?  A zombie does not. */
bool tree_is_alive(struct process process);
/* Is `pid` the process `ancestor` or a descendant of it? */
bool tree_is_below(pid_t pid, pid_t ancestor);

/*
 * Add every living descendant of `ancestor`, parents before children, and
 * not the ancestor itself.  What forks meanwhile may be missed: whoever must
 * have all repeats until two scans in a row find none.
 */
void tree_descendants(pid_t ancestor, struct tree *tree);
/*
 * Add every living process, other than ourselves, that has `word` in the
 * environment it was started with.  Those of other users cannot be read.
 */
void tree_with_environment(const char *word, struct tree *tree);
/*
 * Add every child of our own, zombies too, from the kernel's own list: much
 * quicker than a scan, so that what forks all the time is caught.  False
 * where the kernel keeps no such list.
 */
bool tree_own_children(struct tree *tree);
void tree_add(struct tree *tree, struct process process);
/* The same unless it is in the list, or that has a thousand already. */
void tree_add_once(struct tree *tree, struct process process);
void tree_clear(struct tree *tree);

/* Its command line; false when it cannot be read. */
bool tree_command(pid_t pid, struct words *words);
/* One line about a process for a sentence, freed by the caller. */
char *tree_describe(struct process process);

/* Is it on its way out, though still there? */
bool tree_is_exiting(pid_t pid);
/*
 * How often the kernel has killed for want of memory, in our control group
 * or, where that does not tell, on this machine; -1: it does not say.
 */
long tree_memory_kills(void);
/* What the kernel calls this boot; freed by the caller. */
char *tree_boot(void);

#endif
