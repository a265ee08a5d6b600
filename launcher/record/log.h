/*
 * log.h - what a worker printed, kept in pieces.
 *
 * The directory `log` of a record holds files NUMBER-RUN, each a part of what
 * the run with that id printed, byte for byte.  Beside each lies
 * NUMBER-RUN.times, with a line "SECONDS OFFSET" for every second in which
 * something came: what lies from that offset up to the next was printed then.
 *
 * A piece is never changed once the next one of its run has begun, and goes as
 * a whole.  Numbers rise from piece to piece, whatever the clock says, and a
 * run has pieces of its own, for two of a worker may be alive at once.  A run
 * that was killed leaves a piece, or a line of its times, that ends anywhere.
 *
 * The worker's tasks may write there as well.  So a file is opened only when
 * it is one, and no name leads out of the directory.
 */
#ifndef RECORD_LOG_H
#define RECORD_LOG_H

#include "record/record.h"

/* Pieces that make up the whole, and how many there are at most. */
enum { LOG_PIECES = 16, LOG_MOST_PIECES = 256 };

struct log_piece {
    unsigned long number;
    unsigned long first;        /* that of its run */
    char *name;
    const char *run;            /* in the name */
    long long size, times;      /* of both files, in bytes */
    int file;                   /* open to read, or -1 */
};

/* By run, the one that began last at the end, and by number. */
struct log_pieces {
    struct log_piece *piece;
    size_t count;
};

/* The directory; -1 with errno when there is none, or it is a link. */
int log_open(const struct record *record);
/* What lies there. */
void log_list(int directory, struct log_pieces *pieces);
/* The same of one run alone; NULL: of all. */
void log_list_run(int directory, const char *run, struct log_pieces *pieces);
void log_pieces_clear(struct log_pieces *pieces);
/* A file there, to read; -1 when it is no file of its own. */
int log_open_file(int directory, const char *name);
/* The name of a piece's times; freed by the caller. */
char *log_times_name(const char *piece);
/*
 * Remove the oldest pieces, and their times, until at most `most` bytes are
 * left there, of which `room` are not used yet.  A short one counts for more,
 * or a worker that ends again and again would leave one after the other.
 */
void log_prune(int directory, long long most, long long room);

/* The run that writes. */
struct log_writer {
    const struct record *record;    /* borrowed, as is the run's id */
    const char *run;
    long long most;             /* bytes, of all runs together */
    int directory;              /* -1 while there is no piece */
    int text, times;            /* the piece */
    long long size;             /* of its text */
    long long times_size;
    long long second;           /* the last that stands in its times */
    unsigned long long lost;    /* bytes not written, and not told yet */
    int error;                  /* errno why */
    long long again;            /* base/clock.h: not before that */
    long long dirty;            /* something is not on the disk since then,
                                   or 0 */
    unsigned long number, unsynced;     /* of the piece, and of the first that
                                   is not */
};

/* A writer of all zeroes is to be begun with this. */
void log_begin(struct log_writer *writer, const struct record *record,
    const char *run, long long most);
/*
 * Keep these bytes; they come behind `lost` others that nobody could keep.
 * What cannot be written is counted, and told in its place once it can be.
 */
void log_write(struct log_writer *writer, const char *bytes, size_t count,
    unsigned long long lost);
/*
 * Have what was written on the disk when it has waited long enough, or `now`.
 * Milliseconds until there is something to do again; -1: nothing.
 */
int log_sync(struct log_writer *writer, bool now);
void log_end(struct log_writer *writer);

/* How far one run was read. */
struct log_place;

/*
 * A reader hands over whole lines, made plain (base/plain.h), of each run
 * after the other.  It goes on where it was, in runs that have begun since
 * from their beginning.
 */
struct log_reader {
    const struct record *record;    /* borrowed, as is the run's id */
    const char *run;                /* of it alone; NULL: of all */
    struct log_place *place;
    size_t count;
    /* False: it is enough. */
    bool (*take)(void *data, const char *line);
    void *data;
};

/*
 * Begin with what was printed at `moment`, in seconds since 1970, or later.
 * What seems to come from the future was printed before the clock was set
 * back.
 */
void log_since(struct log_reader *reader, long long moment);
/* Begin with what is printed from now on. */
void log_from_now(struct log_reader *reader);
/*
 * Begin with a piece that has the last `lines` lines of the last run in it and
 * behind it.  False when nothing is kept.
 */
bool log_before(struct log_reader *reader, long lines);
/*
 * Read all that is there, also what a fast writer removes meanwhile; at the
 * `end` also a last line that has none.  False when it was enough.
 */
bool log_read(struct log_reader *reader, bool end);
void log_reader_clear(struct log_reader *reader);

#endif
