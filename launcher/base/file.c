/*
 * file.c - reads and writes until there is no more, and names a file.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

char *
file_read(int descriptor, size_t most, size_t *size)
{
    size_t room = 1024, used = 0;
    char *text = text_allocate(room + 1, 1);
    ssize_t got;

    while ((got = read(descriptor, text + used, room - used)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0)
            used += got;
        if (got < 0 || used > most) {
            free(text);
            errno = got < 0 ? errno : EFBIG;
            return NULL;
        }
        if (used == room)
            text = text_reallocate(text, (room *= 4) + 1, 1);
    }
    text[used] = '\0';
    *size = used;
    return text;
}

char *
file_read_known(int descriptor, size_t known, size_t *size)
{
    char *text = text_reallocate(NULL, known + 1, 1);
    ssize_t got = 1;

    *size = 0;
    while (got != 0 && *size < known) {
        got = read(descriptor, text + *size, known - *size);
        if (got > 0)
            *size += got;
        else if (got < 0 && errno != EINTR) {
            int error = errno;

            free(text);
            errno = error;
            return NULL;
        }
    }
    text[*size] = '\0';
    return text;
}

/* Take "//" and "/./" out of an absolute path; does it hold a ".."? */
static bool
tidy(char *path)
{
    char *to = path;
    bool up = false;

    for (const char *from = path; *from; ) {
        size_t length;

        from += strspn(from, "/");
        length = strcspn(from, "/");
        up = up || (length == 2 && strncmp(from, "..", 2) == 0);
        if (length > 0 && !(length == 1 && *from == '.')) {
            *to++ = '/';
            memmove(to, from, length);
            to += length;
        }
        from += length;
    }
    *to = '\0';
    return up;
}

/* The directory of an absolute path as the file system has it. */
static char *
resolve_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = text_copy_part(path, slash - path);
    char *real = realpath(directory, NULL);
    char *resolved = real == NULL ? text_copy(path)
        : text_format("%s%s", strcmp(real, "/") == 0 ? "" : real, slash);

    free(real);
    free(directory);
    return resolved;
}

char *
file_absolute(const char *path)
{
    char *here = *path == '/' ? text_copy("") : get_current_dir_name();
    char *absolute;

    if (here == NULL)
        return text_copy(path);
    absolute = text_format("%s/%s", here, path);
    free(here);
    if (tidy(absolute)) {
        char *resolved = resolve_directory(absolute);

        free(absolute);
        absolute = resolved;
    }
    return absolute;
}

bool
file_sync(int descriptor)
{
    return fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS
        || errno == ENOTSUP;
}

bool
file_sync_directory(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = descriptor >= 0 && file_sync(descriptor);
    int error = errno;

    if (descriptor >= 0)
        close(descriptor);
    errno = error;
    return good;
}

static bool
file_make_directory(const char *path, const char *above)
{
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST;
    /* One that may not be read is synced with what comes to lie below. */
    file_sync_directory(above);
    return true;
}

bool
file_make_directories(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *above = slash == NULL ? text_copy(".") : slash == path
        ? text_copy("/") : text_copy_part(path, slash - path);
    bool good = file_make_directory(path, above);

    if (!good && errno == ENOENT && slash != NULL && slash != path)
        good = file_make_directories(above)
            && file_make_directory(path, above);
    free(above);
    return good;
}

bool
file_write(int descriptor, const char *text, size_t size, bool patient)
{
    while (size > 0) {
        ssize_t written = write(descriptor, text, size);

        if (written >= 0) {
            text += written;
            size -= written;
        } else if (patient && errno == EAGAIN) {
            struct pollfd room = { descriptor, POLLOUT, 0 };

            poll(&room, 1, -1);
        } else if (errno != EINTR)
            return false;
    }
    return true;
}

void
file_open_standard(void)
{
    int descriptor;

    do
        descriptor = open("/dev/null", O_RDWR);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor > STDERR_FILENO)
        close(descriptor);
}

int
file_in_memory(const char *name, const char *text, size_t size)
{
    int descriptor = memfd_create(name, MFD_CLOEXEC);

    if (descriptor >= 0 && !file_write(descriptor, text, size, false)) {
        close(descriptor);
        return -1;
    }
    if (descriptor >= 0)
        lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}
