/*
 * log-read.c - goes through the kept log of a worker, line by line.
 */
#include "record/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/plain.h"
#include "base/text.h"

/*
 * Bytes that are read at once, and that a line may have before it is cut;
 * seconds that a clock may be wrong; looks for a newest piece that stays.
 */
enum { PART = 65536, LINE = 65536, WRONG = 60, LOOKS = 100 };

struct log_place {
    char *run;
    unsigned long number;       /* of the piece; 0: before the first */
    long long offset;
    struct plain plain;
    char *line;                 /* what has begun, or NULL */
    size_t length;
};

/* Where a run is; NULL: not known before. */
static struct log_place *
find_place(struct log_reader *reader, const char *run)
{
    for (size_t i = 0; i < reader->count; i++)
        if (strcmp(reader->place[i].run, run) == 0)
            return &reader->place[i];
    return NULL;
}

static struct log_place *
add_place(struct log_reader *reader, const char *run)
{
    struct log_place *place;

    reader->place = text_reallocate(reader->place, reader->count + 1,
        sizeof *reader->place);
    place = &reader->place[reader->count++];
    *place = (struct log_place){ .run = text_copy(run) };
    return place;
}

static struct log_place *
have_place(struct log_reader *reader, const char *run)
{
    struct log_place *place = find_place(reader, run);

    return place ? place : add_place(reader, run);
}

/* Is it enough with the line that ends here? */
static bool
end_line(struct log_reader *reader, struct log_place *place)
{
    bool more;

    place->line[place->length] = '\0';
    place->length = 0;
    more = reader->take(reader->data, place->line);
    free(place->line);
    place->line = NULL;
    return more;
}

static bool
take_part(struct log_reader *reader, struct log_place *place,
    const char *bytes, size_t count)
{
    char *text = plain_part(&place->plain, bytes, count), *next = text;
    bool more = true;

    while (more && *next) {
        size_t length = strcspn(next, "\n");
        bool ends = next[length] == '\n';

        if (length > LINE - place->length) {
            length = LINE - place->length;
            ends = false;
        }
        if (place->line == NULL)
            place->line = text_allocate(LINE + 1, 1);
        memcpy(place->line + place->length, next, length);
        place->length += length;
        next += length + ends;
        if (ends || place->length == LINE)
            more = end_line(reader, place);
    }
    free(text);
    return more;
}

/* Who waits for more looks often, and opens only what has grown. */
static bool
has_more(const struct log_place *place, const struct log_piece *piece)
{
    return place == NULL || piece->number > place->number
        || (piece->number == place->number && piece->size > place->offset);
}

static bool
is_newest(const struct log_pieces *pieces, size_t i)
{
    return i + 1 == pieces->count
        || strcmp(pieces->piece[i + 1].run, pieces->piece[i].run) != 0;
}

/*
 * A piece that is open stays, whatever its writer removes while others are
 * read, and whoever reads may be slow.  False when the newest of a run went
 * before.
 */
static bool
open_wanted(struct log_reader *reader, int directory,
    struct log_pieces *pieces)
{
    bool whole = true;

    log_pieces_clear(pieces);
    log_list_run(directory, reader->run, pieces);
    for (size_t i = pieces->count; i-- > 0; ) {
        struct log_piece *piece = &pieces->piece[i];

        if (!has_more(find_place(reader, piece->run), piece))
            continue;
        piece->file = log_open_file(directory, piece->name);
        if (piece->file < 0 && errno == ENOENT && is_newest(pieces, i))
            whole = false;
    }
    return whole;
}

/* One piece, from where its run was read to; it is closed. */
static bool
read_piece(struct log_reader *reader, struct log_place *place,
    struct log_piece *piece)
{
    char part[PART];
    bool more = true;
    ssize_t got;

    if (place->number != piece->number)
        place->offset = 0;
    place->number = piece->number;
    while (more && piece->file >= 0
        && (got = pread(piece->file, part, sizeof part, place->offset)) > 0) {
        place->offset += got;
        more = take_part(reader, place, part, got);
    }
    if (piece->file >= 0)
        close(piece->file);
    piece->file = -1;
    return more;
}

bool
log_read(struct log_reader *reader, bool end)
{
    int directory = log_open(reader->record), looks = 0;
    struct log_pieces pieces = {0};
    bool more = true;

    while (directory >= 0 && looks++ < LOOKS
        && !open_wanted(reader, directory, &pieces))
        continue;
    for (size_t i = 0; more && i < pieces.count; i++) {
        struct log_piece *piece = &pieces.piece[i];
        struct log_place *place = have_place(reader, piece->run);

        if (has_more(place, piece))
            more = read_piece(reader, place, piece);
        if (more && end && is_newest(&pieces, i) && place->line != NULL)
            more = end_line(reader, place);
    }
    log_pieces_clear(&pieces);
    if (directory >= 0)
        close(directory);
    return more;
}

/* Is that before the moment, or before the clock was set back? */
static bool
is_before(long long second, long long moment)
{
    return second < moment || second > time(NULL) + WRONG;
}

/*
 * Go back through a piece's times, down to what was printed before `moment`;
 * true when there is such.  Of a piece without times, that of its last change
 * counts.
 */
static bool
search_times(int directory, const struct log_piece *piece, long long moment,
    struct log_place *place)
{
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): log_list_run() moved it */
    char *name = log_times_name(piece->name);
    int file = log_open_file(directory, name);
    size_t size = 0;
    char *times = file >= 0 ? file_read(file, SIZE_MAX, &size) : NULL;
    bool found = false, any = false;
    long long second, offset;

    /* A line that was cut off has no end. */
    while (!found && times != NULL && size > 0) {
        char *line = memrchr(times, '\n', size - 1);

        line = line ? line + 1 : times;
        if (times[size - 1] == '\n'
            && sscanf(line, "%lld %lld", &second, &offset) == 2
            && offset >= 0 && offset <= piece->size) {
            any = true;
            found = is_before(second, moment);
            if (!found) {
                place->number = piece->number;
                place->offset = offset;
            }
        }
        size = line - times;
    }
    if (!any) {
        struct stat status;

        found = fstatat(directory, piece->name, &status,
            AT_SYMLINK_NOFOLLOW) != 0 || is_before(status.st_mtime, moment);
        if (!found) {
            place->number = piece->number;
            place->offset = 0;
        }
    }
    free(times);
    free(name);
    if (file >= 0)
        close(file);
    return found;
}

void
log_since(struct log_reader *reader, long long moment)
{
    int directory = log_open(reader->record);
    struct log_pieces pieces = {0};
    struct log_place *place = NULL;
    bool found = false;

    if (directory >= 0)
        log_list_run(directory, reader->run, &pieces);
    for (size_t i = pieces.count; i-- > 0; ) {
        const struct log_piece *piece = &pieces.piece[i];

        if (place == NULL || strcmp(place->run, piece->run) != 0) {
            place = have_place(reader, piece->run);
            place->number = piece->number;
            place->offset = piece->size;
            found = false;
        }
        if (!found)
            found = search_times(directory, piece, moment, place);
    }
    log_pieces_clear(&pieces);
    if (directory >= 0)
        close(directory);
}

void
log_from_now(struct log_reader *reader)
{
    log_since(reader, LLONG_MAX);
}

static long
count_lines(int directory, const char *name)
{
    int file = log_open_file(directory, name);
    char part[PART];
    long lines = 0;
    ssize_t got;

    while (file >= 0 && (got = read(file, part, sizeof part)) > 0)
        for (const char *c = part; (c = memchr(c, '\n', part + got - c)); c++)
            lines++;
    if (file >= 0)
        close(file);
    return lines;
}

bool
log_before(struct log_reader *reader, long lines)
{
    int directory = log_open(reader->record);
    struct log_pieces pieces = {0};
    struct log_place *place = NULL;

    log_from_now(reader);
    if (directory >= 0)
        log_list_run(directory, reader->run, &pieces);
    for (size_t i = pieces.count; i-- > 0 && lines > 0; ) {
        const struct log_piece *piece = &pieces.piece[i];

        if (place == NULL)
            place = have_place(reader, piece->run);
        else if (strcmp(place->run, piece->run) != 0)
            break;
        place->number = piece->number;
        place->offset = 0;
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as above */
        lines -= count_lines(directory, piece->name);
    }
    log_pieces_clear(&pieces);
    if (directory >= 0)
        close(directory);
    return place != NULL;
}

void
log_reader_clear(struct log_reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        free(reader->place[i].run);
        free(reader->place[i].line);
    }
    free(reader->place);
    reader->place = NULL;
    reader->count = 0;
}
