/*
 * log.c - the pieces of a kept log: their names, their order, their end.
 */
#include "record/log.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* No worker comes to more pieces; a name may say anything. */
enum { MOST = 1000000000 };

static const char times_ending[] = ".times";

int
log_open(const struct record *record)
{
    char *path = text_format("%s/log", record->directory);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        | O_CLOEXEC);

    free(path);
    return directory;
}

int
log_open_file(int directory, const char *name)
{
    /* A pipe would have us wait for its other end. */
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK
        | O_CLOEXEC);
    struct stat status;

    if (file >= 0 && (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(file);
        errno = EBADMSG;
        return -1;
    }
    return file;
}

char *
log_times_name(const char *piece)
{
    return text_format("%s%s", piece, times_ending);
}

/* NUMBER-RUN, the run in letters and digits. */
static bool
read_name(const char *name, struct log_piece *piece)
{
    char *dash;

    *piece = (struct log_piece){ .file = -1 };
    if (!isdigit((unsigned char)*name))
        return false;
    piece->number = strtoul(name, &dash, 10);
    if (*dash != '-' || dash[1] == '\0' || piece->number > MOST)
        return false;
    for (const char *c = dash + 1; *c; c++)
        if (!isalnum((unsigned char)*c))
            return false;
    piece->name = text_copy(name);
    piece->run = piece->name + (dash + 1 - name);
    return true;
}

static long long
size_of(int directory, const char *name)
{
    struct stat status;

    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0
        ? status.st_size : 0;
}

static int
compare_numbers(unsigned long one, unsigned long other)
{
    return one == other ? 0 : one < other ? -1 : 1;
}

static int
by_number(const void *one, const void *other)
{
    const struct log_piece *a = one, *b = other;
    int order = compare_numbers(a->number, b->number);

    return order ? order : strcmp(a->run, b->run);
}

static int
by_run(const void *one, const void *other)
{
    const struct log_piece *a = one, *b = other;
    int order = compare_numbers(a->first, b->first);

    order = order ? order : strcmp(a->run, b->run);
    return order ? order : by_number(one, other);
}

/* By number alone: the oldest first. */
static void
list_by_number(int directory, struct log_pieces *pieces)
{
    int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = own >= 0 ? fdopendir(own) : NULL;
    struct log_piece piece;
    struct dirent *file;

    *pieces = (struct log_pieces){0};
    while (listing != NULL && (file = readdir(listing)) != NULL)
        if (read_name(file->d_name, &piece)) {
            char *times = log_times_name(piece.name);

            piece.size = size_of(directory, piece.name);
            piece.times = size_of(directory, times);
            free(times);
            pieces->piece = text_reallocate(pieces->piece, pieces->count + 1,
                sizeof piece);
            pieces->piece[pieces->count++] = piece;
        }
    if (listing != NULL)
        closedir(listing);
    else if (own >= 0)
        close(own);
    if (pieces->count > 1)
        qsort(pieces->piece, pieces->count, sizeof piece, by_number);
}

void
log_list(int directory, struct log_pieces *pieces)
{
    list_by_number(directory, pieces);
    for (size_t i = 0; i < pieces->count; i++)
        for (size_t j = 0; j <= i; j++)
            if (strcmp(pieces->piece[j].run, pieces->piece[i].run) == 0) {
                pieces->piece[i].first = pieces->piece[j].number;
                break;
            }
    if (pieces->count > 1)
        qsort(pieces->piece, pieces->count, sizeof *pieces->piece, by_run);
}

void
log_list_run(int directory, const char *run, struct log_pieces *pieces)
{
    size_t kept = 0;

    log_list(directory, pieces);
    for (size_t i = 0; i < pieces->count; i++)
        if (run == NULL || strcmp(pieces->piece[i].run, run) == 0)
            pieces->piece[kept++] = pieces->piece[i];
        else
            free(pieces->piece[i].name);
    pieces->count = kept;
}

void
log_pieces_clear(struct log_pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        free(pieces->piece[i].name);
        if (pieces->piece[i].file >= 0)
            close(pieces->piece[i].file);
    }
    free(pieces->piece);
    *pieces = (struct log_pieces){0};
}

static long long
counted_size(const struct log_piece *piece, long long most)
{
    long long size = piece->size + piece->times;

    return size > most / LOG_MOST_PIECES ? size : most / LOG_MOST_PIECES;
}

void
log_prune(int directory, long long most, long long room)
{
    struct log_pieces pieces;
    long long size = room;

    list_by_number(directory, &pieces);
    for (size_t i = 0; i < pieces.count; i++)
        size += counted_size(&pieces.piece[i], most);
    for (size_t i = 0; i < pieces.count && size > most; i++) {
        char *times = log_times_name(pieces.piece[i].name);

        size -= counted_size(&pieces.piece[i], most);
        unlinkat(directory, times, 0);
        unlinkat(directory, pieces.piece[i].name, 0);
        free(times);
    }
    log_pieces_clear(&pieces);
}
