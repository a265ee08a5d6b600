/*
 * bytecode.c - walks a tree by descriptors, so that nobody can lead it
 * elsewhere by putting a symbolic link where a directory was.
 */
#include "sync/bytecode.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system-calls.h"
#include "base/text.h"

/* More than a path can have names: only a loop would get there. */
enum { DEPTH = 2048 };

struct walk {
    dev_t device;
    long *count;
    struct problem *problem;
};

/*
 * The kernel itself refuses another mount, a bind mount of the same device
 * too.  Before 5.6 it cannot, and the device alone has to tell.
 */
static int
open_below(int above, const char *name)
{
    struct open_below how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
        .resolve = OPEN_NO_OTHER_MOUNT | OPEN_NO_LINKS,
    };
    int descriptor = syscall(SYS_openat2, above, name, &how, sizeof how);

    if (descriptor < 0 && (errno == ENOSYS || errno == EPERM))
        descriptor = openat(above, name, how.flags);
    return descriptor;
}

static bool
cannot(const struct walk *walk, const char *what, const char *path)
{
    return problem_add(walk->problem, errno == EACCES || errno == EPERM
        ? STATUS_PERMISSION : STATUS_UNAVAILABLE, "cannot %s %s: %s; correct "
        "that, or set delete_pyc_files = false", what, path,
        strerror(errno));
}

static bool delete_below(const struct walk *walk, int descriptor,
    const char *path, int depth);

/* A subdirectory: one that is gone, a link or another mount is passed by. */
static bool
enter(const struct walk *walk, int above, const char *name,
    const char *path, int depth)
{
    int descriptor = open_below(above, name);
    struct stat status;

    if (descriptor < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
            || errno == EXDEV || cannot(walk, "look into", path);
    if (fstat(descriptor, &status) != 0 || status.st_dev != walk->device
        || depth >= DEPTH) {
        close(descriptor);
        return true;
    }
    return delete_below(walk, descriptor, path, depth + 1);
}

static bool
bytecode_consider(const struct walk *walk, int directory, const char *name,
    const char *path, int depth)
{
    struct stat status;

    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || cannot(walk, "look at", path);
    if (S_ISDIR(status.st_mode))
        return enter(walk, directory, name, path, depth);
    if (!S_ISREG(status.st_mode) || !text_ends(name, ".pyc"))
        return true;
    if (unlinkat(directory, name, 0) != 0)
        return errno == ENOENT || cannot(walk, "delete", path);
    ++*walk->count;
    return true;
}

/* Closes the descriptor.  Git's own directory has none, and many others. */
static bool
delete_below(const struct walk *walk, int descriptor, const char *path,
    int depth)
{
    DIR *directory = fdopendir(descriptor);
    struct dirent *file;
    bool good = true;

    if (directory == NULL) {
        close(descriptor);
        return cannot(walk, "look into", path);
    }
    while (good && (errno = 0, file = readdir(directory)) != NULL) {
        const char *name = file->d_name;
        char *below;

        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0
            || strcmp(name, ".git") == 0)
            continue;
        if (file->d_type == DT_LNK
            || (file->d_type == DT_REG && !text_ends(name, ".pyc")))
            continue;
        below = text_format("%s/%s", path, name);
        good = bytecode_consider(walk, descriptor, name, below, depth);
        free(below);
    }
    if (good && errno != 0)
        good = cannot(walk, "look into", path);
    closedir(directory);
    return good;
}

bool
bytecode_delete(const char *directory, long *count, struct problem *problem)
{
    struct walk walk = { .count = count, .problem = problem };
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;

    *count = 0;
    if (descriptor < 0)
        return cannot(&walk, "look into", directory);
    if (fstat(descriptor, &status) != 0) {
        close(descriptor);
        return cannot(&walk, "look at", directory);
    }
    walk.device = status.st_dev;
    return delete_below(&walk, descriptor, directory, 0);
}
