/*
 * proc.c - one process: is it there, what is it, below whom?
 */
#include "system/proc-entry.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

char *
entry_file(const char *path, size_t *size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC), error;
    char *text;

    if (descriptor < 0)
        return NULL;
    text = file_read(descriptor, SIZE_MAX, size);
    error = errno;
    close(descriptor);
    errno = error;
    return text;
}

char *
entry_file_of(pid_t pid, const char *name, size_t *size)
{
    char *path = text_format("/proc/%d/%s", (int)pid, name);
    char *text = entry_file(path, size);

    free(path);
    return text;
}

/*
 * In a pid namespace of its own a call may still see the /proc of another,
 * whose pids mean other processes.
 */
bool
entry_is_possible(void)
{
    static pid_t possible_for;  /* who has looked, and need not again */
    char name[32] = "";

    if (possible_for == getpid())
        return true;
    if (readlink("/proc/self", name, sizeof name - 1) < 0)
        return false;
    if (atol(name) == getpid()) {
        possible_for = getpid();
        return true;
    }
    errno = ENOENT;
    return false;
}

/* The name in parentheses may hold anything, so look from its end. */
static bool
parse(const char *text, struct entry *entry)
{
    enum { PARENT, SESSION = 2, FLAGS = 5, THREADS = 16, START = 18, FIELDS };
    const char *rest = strrchr(text, ')');
    unsigned long long field[FIELDS];

    if (rest == NULL || rest[1] != ' ' || rest[2] == '\0') {
        errno = EPROTO;
        return false;
    }
    entry->state = rest[2];
    rest += 3;
    for (int i = 0; i < FIELDS; i++) {
        char *end;

        field[i] = strtoull(rest, &end, 10);
        if (end == rest) {
            errno = EPROTO;
            return false;
        }
        rest = end;
    }
    /* Its first thread has ended, and others have not. */
    if (entry->state == 'Z' && field[THREADS] > 1)
        entry->state = 'S';
    entry->parent = field[PARENT];
    entry->session = field[SESSION];
    entry->flags = field[FLAGS];
    entry->process.start = field[START];
    return true;
}

/* The kernel gives all of it in one read(2), which is less than this. */
static bool
read_entry(pid_t pid, struct entry *entry)
{
    char path[32], text[1024];
    int descriptor, error;
    ssize_t size;
    bool good;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    size = read(descriptor, text, sizeof text - 1);
    text[size < 0 ? 0 : size] = '\0';
    good = size >= 0 && parse(text, entry);
    error = errno;
    close(descriptor);
    errno = error;
    entry->process.pid = good ? pid : 0;
    return good;
}

bool
entry_is_living(const struct entry *entry)
{
    return entry->process.pid != 0 && entry->state != 'Z'
        && entry->state != 'X';
}

/*
 * A process that cannot be read need not be gone: the kernel says so for sure
 * when we ask whether a signal could be sent.  A process that came or went in
 * the meantime is looked at once more.
 */
enum life
entry_read(pid_t pid, struct entry *entry)
{
    int error = 0;

    for (int i = 0; i < 2; i++) {
        *entry = (struct entry){0};
        if (pid <= 0) {
            errno = ESRCH;
            return LIFE_DEAD;
        }
        if (read_entry(pid, entry))
            return entry_is_living(entry) ? LIFE_ALIVE : LIFE_DEAD;
        *entry = (struct entry){0};
        error = errno;
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return LIFE_DEAD;
    }
    errno = error;
    return LIFE_UNKNOWN;
}

enum life
proc_look(pid_t pid, struct process *process)
{
    struct entry entry = {0};
    enum life life = entry_is_possible() ? entry_read(pid, &entry)
        : LIFE_UNKNOWN;

    *process = entry.process;
    return life;
}

struct process
proc_process(pid_t pid)
{
    struct process process;

    proc_look(pid, &process);
    return process;
}

enum life
proc_life(struct process process)
{
    struct process now;
    enum life life;

    if (process.pid <= 0)
        return LIFE_DEAD;
    life = proc_look(process.pid, &now);
    return life == LIFE_ALIVE && now.start != process.start ? LIFE_DEAD
        : life;
}

bool
proc_is_alive(struct process process)
{
    return proc_life(process) == LIFE_ALIVE;
}

bool
proc_is_dead(struct process process)
{
    return proc_life(process) == LIFE_DEAD;
}

bool
proc_is_own(pid_t pid)
{
    size_t size;
    char *text = entry_file_of(pid, "status", &size);
    char *line = text ? strstr(text, "\nUid:") : NULL;
    bool own = line != NULL
        && strtoul(line + strlen("\nUid:"), NULL, 10) == geteuid();

    free(text);
    return own;
}

bool
proc_is_below_since(pid_t pid, pid_t ancestor, unsigned long long start)
{
    struct entry entry;

    if (!entry_is_possible())
        return false;
    while (pid > 1 && pid != ancestor) {
        entry_read(pid, &entry);
        pid = entry.process.start >= start ? entry.parent : 0;
    }
    return pid == ancestor;
}

bool
proc_is_below(pid_t pid, pid_t ancestor)
{
    return proc_is_below_since(pid, ancestor, 0);
}

bool
proc_command(pid_t pid, struct words *words)
{
    size_t size;
    char *text = entry_file_of(pid, "cmdline", &size);

    if (text == NULL)
        return false;
    for (const char *at = text; at < text + size; at += strlen(at) + 1)
        words_add(words, at);
    free(text);
    return true;
}

char *
proc_describe(struct process process)
{
    struct words words = {0};
    char *line, *description;

    proc_command(process.pid, &words);
    line = words_to_shell(&words);
    description = text_format("%d (%.60s)", (int)process.pid,
        *line ? line : "no command line");
    free(line);
    words_clear(&words);
    return description;
}

bool
proc_is_exiting(pid_t pid)
{
    const unsigned exiting = 0x4;   /* the kernel's PF_EXITING */
    struct entry entry;

    return !read_entry(pid, &entry) || (entry.flags & exiting);
}

bool
proc_handles(pid_t pid, int number)
{
    static const char key[] = "\nSigCgt:";
    size_t size;
    char *text = entry_file_of(pid, "status", &size);
    const char *line = text ? strstr(text, key) : NULL;
    unsigned long long handled = line ? strtoull(line + strlen(key), NULL, 16)
        : 0;

    free(text);
    return handled >> (number - 1) & 1;
}
