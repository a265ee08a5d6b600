/*
 * proc-system.c - what /proc tells of the machine, and of ourselves.
 */
#include "system/proc-entry.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

char *
proc_boot(void)
{
    size_t size;
    char *text = entry_is_possible()
        ? entry_file("/proc/sys/kernel/random/boot_id", &size) : NULL;

    if (text != NULL)
        text[strcspn(text, "\n")] = '\0';
    /* A sandbox may have a /proc without it, for good. */
    else if (errno == ENOENT && entry_is_possible())
        text = text_copy("unknown");
    return text;
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
