/*
 * log-write.c - what a run prints, added to its piece of the log.
 */
#include "record/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

/*
 * Milliseconds until what was written is put on the disk, and until what
 * failed is tried again.
 */
enum { SYNC = 10000, AGAIN = 1000 };

void
log_begin(struct log_writer *writer, const struct record *record,
    const char *run, long long most)
{
    *writer = (struct log_writer){
        .record = record, .run = run, .most = most,
        .directory = -1, .text = -1, .times = -1
    };
}

static void
close_piece(struct log_writer *writer)
{
    int *const files[] = {
        &writer->text, &writer->times, &writer->directory
    };

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (*files[i] >= 0)
            close(*files[i]);
        *files[i] = -1;
    }
    writer->size = writer->times_size = 0;
    writer->second = 0;
}

static long long
piece_limit(const struct log_writer *writer)
{
    return writer->most / LOG_PIECES;
}

static bool
is_full(const struct log_writer *writer)
{
    return writer->size + writer->times_size >= piece_limit(writer);
}

/* The record was removed, or another run of this worker needed the room. */
static bool
is_gone(const struct log_writer *writer)
{
    struct stat status;

    return fstat(writer->text, &status) == 0 && status.st_nlink == 0;
}

static unsigned long
next_number(int directory)
{
    struct log_pieces pieces;
    unsigned long number = 0;

    log_list(directory, &pieces);
    for (size_t i = 0; i < pieces.count; i++)
        if (pieces.piece[i].number > number)
            number = pieces.piece[i].number;
    log_pieces_clear(&pieces);
    return number + 1;
}

static int
create(int directory, const char *name)
{
    return openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND
        | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* A directory that went is made anew, but never the record around it. */
static bool
open_directory(struct log_writer *writer)
{
    writer->directory = log_open(writer->record);
    if (writer->directory < 0 && errno == ENOENT) {
        char *path = text_format("%s/log", writer->record->directory);

        if (mkdir(path, 0700) == 0)
            writer->directory = log_open(writer->record);
        free(path);
    }
    return writer->directory >= 0;
}

/*
 * The next piece.  Room is left for it, and for that of another run which may
 * be alive.
 */
static bool
open_piece(struct log_writer *writer)
{
    char *name, *times;
    int error;

    close_piece(writer);
    if (!open_directory(writer))
        return false;
    log_prune(writer->directory, writer->most, 2 * piece_limit(writer));
    writer->number = next_number(writer->directory);
    name = text_format("%08lu-%s", writer->number, writer->run);
    times = log_times_name(name);
    writer->text = create(writer->directory, name);
    if (writer->text >= 0)
        writer->times = create(writer->directory, times);
    error = errno;
    if (writer->times < 0 && writer->text >= 0)
        unlinkat(writer->directory, name, 0);
    free(times);
    free(name);
    errno = error;
    return writer->times >= 0;
}

/* Without it the text would seem a little older; a part of it would lie. */
static void
write_second(struct log_writer *writer, long long second)
{
    char *line = text_format("%lld %lld\n", second, writer->size);
    ssize_t length = strlen(line);

    if (write(writer->times, line, length) == length)
        writer->times_size += length;
    else
        (void)!ftruncate(writer->times, writer->times_size);
    writer->second = second;
    free(line);
}

/* A piece that has room; false with errno. */
static bool
have_piece(struct log_writer *writer)
{
    long long second = time(NULL);

    if (writer->again != 0 && clock_left(writer->again) > 0) {
        errno = writer->error;
        return false;
    }
    if (writer->times < 0 || is_full(writer)
        || (second != writer->second && is_gone(writer))) {
        if (writer->times >= 0)
            log_sync(writer, false);
        if (!open_piece(writer)) {
            writer->again = clock_now() + AGAIN;
            return false;
        }
    }
    writer->again = 0;
    if (second != writer->second)
        write_second(writer, second);
    return true;
}

/* How much was kept; what was not is lost. */
static size_t
keep(struct log_writer *writer, const char *bytes, size_t count)
{
    size_t kept = 0;

    while (kept < count && have_piece(writer)) {
        long long room = piece_limit(writer) - writer->size;
        size_t part = count - kept;
        ssize_t put;

        if ((long long)part > room)
            part = room;
        put = write(writer->text, bytes + kept, part);
        if (put <= 0)
            break;
        kept += put;
        writer->size += put;
        if (writer->dirty == 0) {
            writer->dirty = clock_now();
            writer->unsynced = writer->number;
        }
    }
    if (kept < count)
        writer->error = errno;
    return kept;
}

/* Once there is room again, tell what is missing. */
static bool
tell_lost(struct log_writer *writer)
{
    char *line;
    size_t length;
    bool good;

    if (writer->lost == 0)
        return true;
    line = text_format("\r\n[celery-tmux-launch: %llu bytes were not kept "
        "here: %s]\r\n", writer->lost, writer->error
        ? strerror(writer->error) : "the disk was too slow");
    length = strlen(line);
    good = keep(writer, line, length) == length;
    free(line);
    if (good)
        writer->lost = writer->error = 0;
    return good;
}

void
log_write(struct log_writer *writer, const char *bytes, size_t count,
    unsigned long long lost)
{
    writer->lost += lost;
    /* Nobody will see what would have to go at once. */
    if ((long long)count > writer->most) {
        bytes += count - writer->most;
        count = writer->most;
    }
    if (tell_lost(writer))
        writer->lost += count - keep(writer, bytes, count);
    else
        writer->lost += count;
}

static void
sync_file(int directory, const char *name)
{
    int file = log_open_file(directory, name);

    if (file >= 0) {
        file_sync(file);
        close(file);
    }
}

/* Those as well that were full before it was time. */
static void
sync_pieces(const struct log_writer *writer)
{
    struct log_pieces pieces;

    log_list(writer->directory, &pieces);
    for (size_t i = 0; i < pieces.count; i++) {
        const struct log_piece *piece = &pieces.piece[i];
        char *times = log_times_name(piece->name);

        if (piece->number >= writer->unsynced
            && strcmp(piece->run, writer->run) == 0) {
            sync_file(writer->directory, piece->name);
            sync_file(writer->directory, times);
        }
        free(times);
    }
    log_pieces_clear(&pieces);
    file_sync(writer->directory);
}

int
log_sync(struct log_writer *writer, bool now)
{
    int left = writer->dirty ? clock_left(writer->dirty + SYNC) : -1;

    if (left < 0 || (left > 0 && !now))
        return left;
    if (writer->directory >= 0)
        sync_pieces(writer);
    writer->dirty = 0;
    return -1;
}

void
log_end(struct log_writer *writer)
{
    tell_lost(writer);
    log_sync(writer, true);
    close_piece(writer);
}
