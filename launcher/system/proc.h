/*
 * proc.h - the processes of this machine, from /proc.  Nothing but the files
 * proc*.c reads it.
 *
 * A process is always a pid with its start time, since a pid alone is given
 * to somebody else later.
 *
 * /proc may be out of reach: no descriptor is free, it is not mounted, it
 * belongs to another pid namespace, or it hides processes from us.  That
 * tells nothing about the process, so "cannot look" is an answer of its own,
 * with the reason in errno.
 */
#ifndef SYSTEM_PROC_H
#define SYSTEM_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/words.h"

struct process {
    pid_t pid;                  /* 0: none */
    unsigned long long start;   /* clock ticks since boot */
};

enum life {
    LIFE_DEAD,                  /* it has ended for sure; so has a zombie */
    LIFE_ALIVE,
    LIFE_UNKNOWN,               /* nobody can tell; errno has the reason */
};

/* In errno: its pid is one of another pid namespace. */
#define PROC_ELSEWHERE EREMOTE

/*
 * A list of processes; all zeroes is empty; process_list_clear() gives it
 * back.
 */
struct process_list {
    struct process *process;
    size_t count;
};

/* Does it still run? */
enum life proc_life(struct process process);
/* The two sure answers; both are false when nobody can tell. */
bool proc_is_alive(struct process process);
bool proc_is_dead(struct process process);
/*
 * The process that has this pid now, a zombie too.  All zeroes when nothing
 * has, with LIFE_DEAD, or when nobody can tell.
 */
enum life proc_look(pid_t pid, struct process *process);
/* The same for whoever can do without the answer. */
struct process proc_process(pid_t pid);
/* Is its real user the caller?  False when there is no such process, too. */
bool proc_is_own(pid_t pid);
/* Is `pid`, for sure, the process `ancestor` or a descendant of it? */
bool proc_is_below(pid_t pid, pid_t ancestor);
/* The same, and did nothing of the way up to it begin before `start`? */
bool proc_is_below_since(pid_t pid, pid_t ancestor,
    unsigned long long start);

/*
 * Lists.  They return false, with the reason in errno, when a part of /proc
 * could not be looked at; what was found is added nevertheless.  Processes
 * of other users that /proc hides on purpose (hidepid) are left out.
 *
 * A child forked meanwhile may be missed: a caller that needs all repeats
 * until two scans in a row find none.
 */

/*
 * Add every living descendant of `ancestor`, parents before children, and
 * not the ancestor itself.
 */
bool proc_descendants(pid_t ancestor, struct process_list *list);
/*
 * Add what belongs to a worker beyond doubt, as long as its MainProcess lives:
 * that, its descendants, the members of its session, and who prints to its
 * terminal, which is private (system/pty.h).  A child that has left in all of
 * these ways can be known by its environment alone.  None is added twice, and
 * ourselves never.
 */
bool proc_of_worker(struct process main, struct process_list *list);
/*
 * Add every living process, other than ourselves, that has `word` in the
 * environment it was started with.  Those of other users cannot be read.
 */
bool proc_with_environment(const char *word, struct process_list *list);
/* What one scan is to find; all zeroes is nothing. */
struct proc_search {
    const struct process_list *roots;   /* those that are alive, and their
                                           descendants */
    pid_t ancestor;             /* what proc_descendants() adds */
    struct process main;        /* what proc_of_worker() adds, and */
    const char *word;           /* what proc_with_environment() adds, of */
    unsigned long long since;   /* those that did not begin before that */
    bool shares;                /* a scan of a moment ago will do: of many
                                   workers each need not have one */
};

/* Add all of them, none twice. */
bool proc_search(const struct proc_search *search, struct process_list *list);
/*
 * Add every child of our own, zombies too, from the kernel's own list: much
 * quicker than a scan, so that what forks all the time is caught.  A child
 * that cannot be looked at has a start of 0.
 */
bool proc_own_children(struct process_list *list);

void process_list_add(struct process_list *list, struct process process);
/* The same unless it is in the list; was it added? */
bool process_list_add_once(struct process_list *list, struct process process);
void process_list_clear(struct process_list *list);

/* Its command line; false when it cannot be read. */
bool proc_command(pid_t pid, struct words *words);
/* One line about a process for a sentence, freed by the caller. */
char *proc_describe(struct process process);
/* The same of all of them, with commas; "" of none. */
char *process_list_describe(const struct process_list *list);

/* The largest number of a descriptor of our own; -1 with errno. */
int proc_last_descriptor(void);
/*
 * Memory in KiB: that of a process, what it shares counted by its share, and
 * what the machine has left for new ones.  -1: nobody can tell.
 */
long proc_memory(pid_t pid);
long proc_memory_available(void);

/*
 * KiB that it and all its descendants have in memory, added up, so that what
 * they share counts more than once; found by the kernel's lists of children,
 * much quicker than by a scan.  0 when it has ended, -1 where there are no
 * such lists.
 */
long proc_memory_below(pid_t pid);

/* Does it have a handler for the signal?  False when nobody can tell. */
bool proc_handles(pid_t pid, int number);
/* Is it on its way out, though still there? */
bool proc_is_exiting(pid_t pid);
/*
 * How often the kernel has killed for want of memory, in our control group
 * or, where that does not tell, on this machine; -1: it does not say.
 */
long proc_memory_kills(void);
/*
 * The number of our pid namespace (pid_namespaces(7)), in which all pids here
 * are meant; 0: nobody can tell.
 */
unsigned long long proc_namespace(void);
/*
 * Is anything of another one alive?  From below it that is not to be seen:
 * LIFE_UNKNOWN, with PROC_ELSEWHERE in errno, also when something is, since
 * its pids are not ours.
 */
enum life proc_namespace_life(unsigned long long namespace);
/*
 * The kernel's name for this boot, "unknown" where it has no name for it;
 * freed by the caller.  NULL when nobody can tell.
 */
char *proc_boot(void);

#endif
