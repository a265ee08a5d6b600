/*
 * file.c - reads until there is no more.
 */
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

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

bool
file_make_directories(const char *path)
{
    char *prefix = text_copy(path);
    bool good = true;

    for (char *slash = prefix + 1; good && slash; ) {
        slash = strchr(slash, '/');
        if (slash != NULL)
            *slash = '\0';
        good = mkdir(prefix, 0700) == 0 || errno == EEXIST;
        if (slash != NULL)
            *slash++ = '/';
    }
    free(prefix);
    return good;
}

