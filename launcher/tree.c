/*
 * tree.c - who runs below whom.  A scan reads one small file a process and
 * keeps nothing between two scans.
 */
#include "tree.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

/* What is read of /proc/PID/stat. */
struct entry {
    struct process process;
    pid_t parent;
    char state;
};

/* All of a file of /proc; NULL when there is none. */
static char *
read_file(const char *path, size_t *size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    char *text;

    if (descriptor < 0)
        return NULL;
    text = file_read(descriptor, SIZE_MAX, size);
    close(descriptor);
    return text;
}

static char *
read_of(pid_t pid, const char *name, size_t *size)
{
    char *path = text_format("/proc/%d/%s", (int)pid, name);
    char *text = read_file(path, size);

    free(path);
    return text;
}

/* The name in parentheses may hold anything, so look from its end. */
static bool
read_entry(pid_t pid, struct entry *entry)
{
    size_t size;
    char *text = read_of(pid, "stat", &size), *rest;
    int parent;
    bool good = false;

    *entry = (struct entry){0};
    if (text != NULL && (rest = strrchr(text, ')')) != NULL
        && sscanf(rest + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u "
            "%*u %*d %*d %*d %*d %*d %*d %llu", &entry->state, &parent,
            &entry->process.start) == 3) {
        entry->process.pid = pid;
        entry->parent = parent;
        good = true;
    }
    free(text);
    return good;
}

static bool
is_living(const struct entry *entry)
{
    return entry->process.pid != 0 && entry->state != 'Z'
        && entry->state != 'X';
}

struct process
tree_process(pid_t pid)
{
    struct entry entry;

    read_entry(pid, &entry);
    return entry.process;
}

bool
tree_is_alive(struct process process)
{
    struct entry entry;

    return process.pid > 0 && read_entry(process.pid, &entry)
        && entry.process.start == process.start && is_living(&entry);
}

bool
tree_is_below(pid_t pid, pid_t ancestor)
{
    struct entry entry;

    while (pid > 1 && pid != ancestor && read_entry(pid, &entry))
        pid = entry.parent;
    return pid == ancestor;
}

/* Every process; the caller frees the entries. */
static struct entry *
scan(size_t *count)
{
    DIR *directory = opendir("/proc");
    struct entry *entries = NULL;
    struct dirent *file;
    size_t room = 0;

    *count = 0;
    while (directory != NULL && (file = readdir(directory)) != NULL) {
        if (!isdigit((unsigned char)*file->d_name))
            continue;
        if (*count == room) {
            room = room ? 2 * room : 256;
            entries = text_reallocate(entries, room, sizeof *entries);
        }
        if (read_entry(atoi(file->d_name), &entries[*count]))
            ++*count;
    }
    if (directory != NULL)
        closedir(directory);
    return entries;
}

void
tree_add(struct tree *tree, struct process process)
{
    tree->process = text_reallocate(tree->process, tree->count + 1,
        sizeof *tree->process);
    tree->process[tree->count++] = process;
}

void
tree_add_once(struct tree *tree, struct process process)
{
    if (tree->count >= 1000)
        return;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->process[i].pid == process.pid
            && tree->process[i].start == process.start)
            return;
    tree_add(tree, process);
}

void
tree_descendants(pid_t ancestor, struct tree *tree)
{
    size_t count, next = tree->count;
    struct entry *entries = scan(&count);
    pid_t parent = ancestor;

    /* Breadth first: what was added is the list of parents still to visit. */
    for (;;) {
        for (size_t i = 0; i < count; i++)
            if (entries[i].parent == parent && is_living(&entries[i]))
                tree_add(tree, entries[i].process);
        if (next == tree->count)
            break;
        parent = tree->process[next++].pid;
    }
    free(entries);
}

bool
tree_own_children(struct tree *tree)
{
    char *path = text_format("/proc/self/task/%d/children", (int)getpid());
    size_t size;
    char *text = read_file(path, &size), *next = text, *end;

    free(path);
    if (text == NULL)
        return false;
    for (;;) {
        long pid = strtol(next, &end, 10);

        if (end == next)
            break;
        tree_add(tree, tree_process(pid));
        next = end;
    }
    free(text);
    return true;
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

void
tree_with_environment(const char *word, struct tree *tree)
{
    size_t count, size;
    struct entry *entries = scan(&count);

    for (size_t i = 0; i < count; i++) {
        pid_t pid = entries[i].process.pid;
        char *text;

        if (!is_living(&entries[i]) || pid == getpid())
            continue;
        text = read_of(pid, "environ", &size);
        if (text != NULL && has_word(text, size, word))
            tree_add(tree, entries[i].process);
        free(text);
    }
    free(entries);
}

void
tree_clear(struct tree *tree)
{
    free(tree->process);
    *tree = (struct tree){0};
}

bool
tree_command(pid_t pid, struct words *words)
{
    size_t size;
    char *text = read_of(pid, "cmdline", &size);

    if (text == NULL)
        return false;
    for (const char *at = text; at < text + size; at += strlen(at) + 1)
        words_add(words, at);
    free(text);
    return true;
}

char *
tree_describe(struct process process)
{
    struct words words = {0};
    char *line, *description;

    tree_command(process.pid, &words);
    line = words_to_shell(&words);
    description = text_format("%d (%.60s)", (int)process.pid,
        *line ? line : "no command line");
    free(line);
    words_clear(&words);
    return description;
}

bool
tree_is_exiting(pid_t pid)
{
    const unsigned exiting = 0x4;   /* the kernel's PF_EXITING */
    size_t size;
    char *text = read_of(pid, "stat", &size), *rest;
    unsigned flags = exiting;

    if (text != NULL && (rest = strrchr(text, ')')) != NULL)
        sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %u", &flags);
    free(text);
    return flags & exiting;
}

/* The number behind `key` in a file of such lines; -1: there is none. */
static long
counter(const char *path, const char *key)
{
    size_t size, length = strlen(key);
    char *text = read_file(path, &size), *line = text;
    long number = -1;

    while (line != NULL && *line) {
        if (strncmp(line, key, length) == 0 && line[length] == ' ')
            number = atol(line + length);
        line = strchr(line, '\n');
        line += line != NULL;
    }
    free(text);
    return number;
}

long
tree_memory_kills(void)
{
    size_t size;
    char *text = read_file("/proc/self/cgroup", &size), *path = NULL;
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
tree_boot(void)
{
    size_t size;
    char *text = read_file("/proc/sys/kernel/random/boot_id", &size);

    if (text == NULL)
        return text_copy("unknown");
    text[strcspn(text, "\n")] = '\0';
    return text;
}
