/*
 * proc-entry.h - a process as /proc/PID has it, for the files proc*.c alone.
 */
#ifndef SYSTEM_PROC_ENTRY_H
#define SYSTEM_PROC_ENTRY_H

#include "system/proc.h"

/* The fields that are read of /proc/PID/stat. */
struct entry {
    struct process process;
    pid_t parent;
    pid_t session;
    unsigned flags;
    char state;
    /* Known after the first look: the terminals of its output and errors. */
    bool looked;
    struct {
        dev_t device;
        ino_t inode;
    } prints[2];
};

/* All of a file of /proc; NULL with errno when it cannot be read. */
char *entry_file(const char *path, size_t *size);
/* The same of /proc/PID/`name`. */
char *entry_file_of(pid_t pid, const char *name, size_t *size);

/* Does /proc belong to the pids that we know?  False with errno. */
bool entry_is_possible(void);
/* Look at one process; `*entry` is all zeroes when nothing was read. */
enum life entry_read(pid_t pid, struct entry *entry);
bool entry_is_living(const struct entry *entry);

#endif
