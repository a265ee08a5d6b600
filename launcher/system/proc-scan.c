/*
 * proc-scan.c - lists of processes.  A scan reads one small file a process
 * and keeps nothing between two scans.
 */
#include "system/proc-entry.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

/* Milliseconds that a scan serves those who share it. */
enum { SHARED = 100 };

struct entries {
    struct entry *entry;
    size_t count;
    int error;                  /* why some are missing; 0: none is */
};

/* /proc keeps what it hides from us on purpose: that is no want of ours. */
static bool
is_hidden(int error)
{
    return error == EACCES || error == EPERM || error == ENOENT
        || error == ESRCH;
}

static void
add_entry(struct entries *entries, pid_t pid)
{
    struct entry entry;

    if (entry_read(pid, &entry) == LIFE_UNKNOWN && !is_hidden(errno))
        entries->error = errno;
    if (!entry_is_living(&entry))
        return;
    entries->entry = text_reallocate(entries->entry, entries->count + 1,
        sizeof entry);
    entries->entry[entries->count++] = entry;
}

/* Every living process; the caller frees the entries. */
static struct entries
scan(void)
{
    struct entries entries = {0};
    struct dirent *file;
    DIR *directory;

    directory = entry_is_possible() ? opendir("/proc") : NULL;
    if (directory == NULL) {
        entries.error = errno;
        return entries;
    }
    while ((errno = 0, file = readdir(directory)) != NULL)
        if (isdigit((unsigned char)*file->d_name))
            add_entry(&entries, atoi(file->d_name));
    if (errno != 0)
        entries.error = errno;
    closedir(directory);
    return entries;
}

/* Is the list whole?  The entries are given back. */
static bool
finish(struct entries *entries)
{
    free(entries->entry);
    errno = entries->error;
    return entries->error == 0;
}

void
process_list_add(struct process_list *list, struct process process)
{
    list->process = text_reallocate(list->process, list->count + 1,
        sizeof *list->process);
    list->process[list->count++] = process;
}

static bool
list_has(const struct process_list *list, struct process process)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->process[i].pid == process.pid
            && list->process[i].start == process.start)
            return true;
    return false;
}

bool
process_list_add_once(struct process_list *list, struct process process)
{
    bool fresh = !list_has(list, process);

    if (fresh)
        process_list_add(list, process);
    return fresh;
}

/* Breadth first: what was added is the list of parents still to visit. */
static void
add_below(const struct entries *entries, size_t next,
    struct process_list *list)
{
    for (; next < list->count; next++)
        for (size_t i = 0; i < entries->count; i++)
            if (entries->entry[i].parent == list->process[next].pid
                && entries->entry[i].process.pid != getpid())
                process_list_add_once(list, entries->entry[i].process);
}

/* The living of `roots`, or the children of `ancestor`, and all below. */
static void
add_all(const struct entries *entries, const struct process_list *roots,
    pid_t ancestor, struct process_list *list)
{
    size_t next = list->count;

    for (size_t i = 0; i < entries->count; i++)
        if (roots ? list_has(roots, entries->entry[i].process)
            : entries->entry[i].parent == ancestor)
            process_list_add_once(list, entries->entry[i].process);
    add_below(entries, next, list);
}

/*
 * The terminal that a process prints to; false when it is none.  Each
 * container has a /dev/pts of its own, so the name does not tell which one it
 * is; but of what has another name we ask nothing, for the answer may be a
 * file server's that does not come.
 */
static bool
read_terminal(pid_t pid, int descriptor, struct stat *terminal)
{
    char *path = text_format("/proc/%d/fd/%d", (int)pid, descriptor);
    char name[PATH_MAX];
    ssize_t size = readlink(path, name, sizeof name - 1);
    bool is;

    name[size > 0 ? size : 0] = '\0';
    is = text_starts(name, "/dev/pts/") && stat(path, terminal) == 0
        && S_ISCHR(terminal->st_mode);
    free(path);
    return is;
}

/* A scan that serves many workers looks once at where a process prints to. */
static bool
prints_to(struct entry *entry, const struct stat *terminal)
{
    static const int channels[] = { STDOUT_FILENO, STDERR_FILENO };
    bool is = false;

    for (int i = 0; i < 2; i++) {
        struct stat status;

        if (!entry->looked
            && read_terminal(entry->process.pid, channels[i], &status)) {
            entry->prints[i].device = status.st_dev;
            entry->prints[i].inode = status.st_ino;
        }
        is = is || (entry->prints[i].device == terminal->st_dev
            && entry->prints[i].inode == terminal->st_ino);
    }
    entry->looked = true;
    return is;
}

/* The session of MainProcess; 0 when it is ours, or not known. */
static pid_t
session_of(const struct entries *entries, struct process main)
{
    for (size_t i = 0; i < entries->count; i++)
        if (entries->entry[i].process.pid == main.pid
            && entries->entry[i].process.start == main.start
            && entries->entry[i].session != getsid(0))
            return entries->entry[i].session;
    return 0;
}

static void
add_of_worker(struct entries *entries, struct process main,
    unsigned long long since, struct process_list *list)
{
    pid_t session = session_of(entries, main);
    size_t next = list->count;
    struct stat terminal;
    bool has_terminal;

    if (session == 0)
        return;
    has_terminal = read_terminal(main.pid, STDOUT_FILENO, &terminal);
    process_list_add_once(list, main);
    for (size_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->entry[i];

        if (entry->process.pid != getpid() && entry->process.start >= since
            && (entry->session == session
                || (has_terminal && prints_to(entry, &terminal))))
            process_list_add_once(list, entry->process);
    }
    add_below(entries, next, list);
}

static bool
has_word(const char *text, size_t size, const char *word)
{
    const char *end = text + size;

    for (const char *at = text; at < end; at += strlen(at) + 1)
        if (strcmp(at, word) == 0)
            return true;
    return false;
}

static void
add_with_environment(struct entries *entries, const char *word,
    unsigned long long since, struct process_list *list)
{
    for (size_t i = 0; i < entries->count; i++) {
        struct process process = entries->entry[i].process;
        size_t size;
        char *text;

        if (process.pid == getpid() || process.start < since)
            continue;
        text = entry_file_of(process.pid, "environ", &size);
        if (text == NULL && !is_hidden(errno))
            entries->error = errno;
        if (text != NULL && has_word(text, size, word))
            process_list_add_once(list, process);
        free(text);
    }
}

/* The last scan for those who share it, or a new one when that is old. */
static struct entries
share_scan(void)
{
    static struct entries shared;
    static long long taken;

    if (shared.entry == NULL || shared.error != 0
        || clock_left(taken + SHARED) == 0) {
        free(shared.entry);
        taken = clock_now();
        shared = scan();
    }
    return shared;
}

bool
proc_search(const struct proc_search *search, struct process_list *list)
{
    struct entries entries = search->shares ? share_scan() : scan();

    if (search->roots != NULL && search->roots->count > 0)
        add_all(&entries, search->roots, 0, list);
    if (search->ancestor > 0)
        add_all(&entries, NULL, search->ancestor, list);
    if (search->main.pid > 0)
        add_of_worker(&entries, search->main, search->since, list);
    if (search->word != NULL)
        add_with_environment(&entries, search->word, search->since, list);
    if (search->shares)
        entries.entry = NULL;
    return finish(&entries);
}

bool
proc_descendants(pid_t ancestor, struct process_list *list)
{
    struct entries entries = scan();

    add_all(&entries, NULL, ancestor, list);
    return finish(&entries);
}

bool
proc_of_worker(struct process main, struct process_list *list)
{
    return proc_search(&(struct proc_search){ .main = main }, list);
}

bool
proc_with_environment(const char *word, struct process_list *list)
{
    return proc_search(&(struct proc_search){ .word = word }, list);
}

bool
proc_own_children(struct process_list *list)
{
    char *path = text_format("/proc/self/task/%d/children", (int)getpid());
    size_t size;
    char *text = entry_file(path, &size), *next = text, *end;

    free(path);
    if (text == NULL)
        return false;
    for (;;) {
        long pid = strtol(next, &end, 10);
        struct process child;

        if (end == next)
            break;
        proc_look(pid, &child);
        child.pid = pid;
        process_list_add(list, child);
        next = end;
    }
    free(text);
    return true;
}

char *
process_list_describe(const struct process_list *list)
{
    char *names = text_copy("");

    for (size_t i = 0; i < list->count; i++) {
        char *name = proc_describe(list->process[i]);

        text_append(&names, "%s%s", i ? ", " : "", name);
        free(name);
    }
    return names;
}

void
process_list_clear(struct process_list *list)
{
    free(list->process);
    *list = (struct process_list){0};
}
