/*
 * revision.c - follows HEAD to a commit, as gitrepository-layout(5)
 * tells.
 */
#include "sync/revision.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

/* Symbolic references that are followed; packed-refs may be long. */
enum { DEPTH = 5, MAXIMUM_SIZE = 64 << 20 };

/* A file without its last line end; NULL when it cannot be read. */
static char *
read_file(const char *directory, const char *name)
{
    char *path = text_format("%s/%s", directory, name), *text = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    size_t size;

    if (descriptor >= 0 && fstat(descriptor, &status) == 0
        && S_ISREG(status.st_mode))
        text = file_read(descriptor, MAXIMUM_SIZE, &size);
    while (text != NULL && size > 0 && strchr("\r\n", text[size - 1]))
        text[--size] = '\0';
    if (descriptor >= 0)
        close(descriptor);
    free(path);
    return text;
}

static bool
is_commit(const char *text)
{
    size_t digits = strspn(text, "0123456789abcdef");

    return (digits == 40 || digits == 64) && (text[digits] == '\0'
        || strchr(" \t\r\n", text[digits]));
}

/* `name` as it is, or below `base` when it is relative. */
static char *
below(const char *base, const char *name)
{
    return *name == '/' ? text_copy(name) : text_format("%s/%s", base, name);
}

/* The directory .git of a repository, which a file .git may name. */
static char *
find_git(const char *directory)
{
    char *git = text_format("%s/.git", directory), *text, *found = NULL;
    struct stat status;

    if (stat(git, &status) == 0 && S_ISDIR(status.st_mode))
        return git;
    text = read_file(directory, ".git");
    if (text != NULL && text_starts(text, "gitdir: "))
        found = below(directory, text + strlen("gitdir: "));
    free(text);
    free(git);
    return found;
}

/* The same for a directory somewhere in the work tree. */
char *
revision_git(const char *directory)
{
    char *at = text_copy(directory), *git, *slash;

    while ((git = find_git(at)) == NULL && (slash = strrchr(at, '/')) != NULL
        && slash != at)
        *slash = '\0';
    free(at);
    return git;
}

/* A reference in packed-refs: "COMMIT NAME", a line each. */
static char *
find_packed(const char *common, const char *name)
{
    char *text = read_file(common, "packed-refs"), *found = NULL;

    for (char *line = text; line != NULL && *line && !found;) {
        size_t length = strcspn(line, "\n"), commit = strcspn(line, " \n");

        if (is_commit(line) && length > commit
            && strlen(name) == length - commit - 1
            && strncmp(line + commit + 1, name, strlen(name)) == 0)
            found = text_copy_part(line, commit);
        line += length + (line[length] != '\0');
    }
    free(text);
    return found;
}

/*
 * The commit that HEAD or another reference stands for.  Those of a linked
 * work tree are in the repository that its file `commondir` names.
 */
static char *
revision_resolve(const char *git, const char *common, const char *name,
    int depth)
{
    char *text = read_file(git, name), *found;

    if (text == NULL && strcmp(git, common) != 0)
        text = read_file(common, name);
    if (text == NULL)
        return find_packed(common, name);
    if (is_commit(text)) {
        text[strspn(text, "0123456789abcdef")] = '\0';
        return text;
    }
    found = text_starts(text, "ref: ") && depth < DEPTH
            && strstr(text, "..") == NULL
        ? revision_resolve(git, common, text + strlen("ref: "), depth + 1)
        : NULL;
    free(text);
    return found;
}

char *
revision_read(const char *directory)
{
    char *git = directory ? revision_git(directory) : NULL;
    char *named, *common, *found;

    if (git == NULL)
        return text_copy("");
    named = read_file(git, "commondir");
    common = named ? below(git, named) : text_copy(git);
    found = revision_resolve(git, common, "HEAD", 0);
    free(common);
    free(named);
    free(git);
    return found ? found : text_copy("");
}
