/*
 * proc-system.c - what /proc tells of memory, the machine, and ourselves.
 */
#include "system/proc-entry.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* The number behind `key` in such lines; -1: there is none. */
static long
number_in(const char *text, const char *key)
{
    size_t length = strlen(key);
    const char *line = text;
    long number = -1;

    while (line != NULL && *line) {
        if (strncmp(line, key, length) == 0 && line[length] == ' ')
            number = atol(line + length);
        line += strcspn(line, "\n");
        line += *line != '\0';
    }
    return number;
}

static long
counter(const char *path, const char *key)
{
    size_t size;
    char *text = entry_file(path, &size);
    long number = number_in(text, key);

    free(text);
    return number;
}

long
proc_memory(pid_t pid)
{
    size_t size;
    char *text = entry_file_of(pid, "smaps_rollup", &size);
    long number = number_in(text, "Pss:");

    free(text);
    return number;
}

long
proc_memory_available(void)
{
    return counter("/proc/meminfo", "MemAvailable:");
}

long
proc_memory_kills(void)
{
    size_t size;
    char *text = entry_file("/proc/self/cgroup", &size), *path = NULL;
    long number = -1;

    if (text != NULL && strncmp(text, "0::", 3) == 0) {
        text[strcspn(text, "\n")] = '\0';
        path = text_format("/sys/fs/cgroup%s/memory.events", text + 3);
        number = counter(path, "oom_kill");
    }
    free(path);
    free(text);
    return number >= 0 ? number : counter("/proc/vmstat", "oom_kill");
}

static long
resident(pid_t pid)
{
    size_t size;
    char *text = entry_file_of(pid, "statm", &size);
    long pages = 0;

    if (text != NULL && sscanf(text, "%*d %ld", &pages) != 1)
        pages = 0;
    free(text);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Those of one thread; false when there is no list. */
static bool
add_children(pid_t pid, const char *thread, struct process_list *list)
{
    char *name = text_format("task/%s/children", thread);
    size_t size;
    char *text = entry_file_of(pid, name, &size), *next = text, *end;
    bool good = text != NULL;

    while (good) {
        struct process child = { .pid = strtol(next, &end, 10) };

        if (end == next)
            break;
        process_list_add_once(list, child);
        next = end;
    }
    free(text);
    free(name);
    return good;
}

long
proc_memory_below(pid_t pid)
{
    struct process_list list = {0};
    bool good = false;
    long sum = 0;

    process_list_add(&list, (struct process){ .pid = pid });
    for (size_t i = 0; i < list.count; i++) {
        char *path = text_format("/proc/%d/task", (int)list.process[i].pid);
        DIR *directory = opendir(path);
        struct dirent *thread;

        free(path);
        good |= directory == NULL;
        while (directory != NULL && (thread = readdir(directory)) != NULL)
            if (*thread->d_name != '.')
                good |= add_children(list.process[i].pid, thread->d_name,
                    &list);
        if (directory != NULL)
            closedir(directory);
        sum += resident(list.process[i].pid);
    }
    process_list_clear(&list);
    return good ? sum : -1;
}

/* 0 with errno. */
static unsigned long long
namespace_at(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? status.st_ino : 0;
}

unsigned long long
proc_namespace(void)
{
    static unsigned long long namespace;    /* no process changes its own */

    if (namespace == 0 && entry_is_possible())
        namespace = namespace_at("/proc/self/ns/pid");
    return namespace;
}

static bool
is_in(pid_t pid, unsigned long long namespace)
{
    char *path = text_format("/proc/%d/ns/pid", (int)pid);
    bool is = namespace_at(path) == namespace;

    free(path);
    return is;
}

/* Everything is below 0, whether it was born here or came from outside. */
enum life
proc_namespace_life(unsigned long long namespace)
{
    const unsigned long long initial = 0xEFFFFFFC;  /* the kernel's number */
    struct process_list all = {0};
    bool whole, found = namespace == initial;

    whole = proc_descendants(0, &all);
    for (size_t i = 0; i < all.count && !found; i++)
        found = is_in(all.process[i].pid, namespace);
    process_list_clear(&all);
    if (found)
        errno = PROC_ELSEWHERE;
    return found || !whole ? LIFE_UNKNOWN : LIFE_DEAD;
}

char *
proc_boot(void)
{
    static char *boot;          /* once read: it is the same for good */
    size_t size;

    if (boot == NULL && entry_is_possible())
        boot = entry_file("/proc/sys/kernel/random/boot_id", &size);
    if (boot != NULL) {
        boot[strcspn(boot, "\n")] = '\0';
        return text_copy(boot);
    }
    /* A sandbox may have a /proc without it, for good. */
    return errno == ENOENT && entry_is_possible() ? text_copy("unknown")
        : NULL;
}

int
proc_last_descriptor(void)
{
    DIR *directory = opendir("/proc/self/fd");
    struct dirent *file;
    int last = -1;

    if (directory == NULL)
        return -1;
    while ((file = readdir(directory)) != NULL)
        if (atoi(file->d_name) > last)
            last = atoi(file->d_name);
    closedir(directory);
    return last;
}
