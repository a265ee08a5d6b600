/*
 * source.h - the text of a configuration, with what it includes put in.
 *
 * libconfig could read files by itself, but 1.5 ends the whole process when
 * an @include names a directory, looks for included files from wherever the
 * caller stands, and lets integers that do not fit wrap around in silence
 * (F15).  So files are opened, checked and put together here, and libconfig
 * gets one text; source_place() says where a line of it came from.
 */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include "base/problem.h"
#include "base/text.h"

/*
 * What is sent to a node stands between comments, the first of which names
 * the file, so that a text that was cut off on its way is not taken for a
 * whole one, and one file's not for another's.  The first is no line of its
 * own: lines keep their numbers.
 */
#define SOURCE_BEGIN "/* celery-tmux: from "
#define SOURCE_BEGUN " */"
#define SOURCE_END "/* celery-tmux: to here */\n"

/* All zeroes is an empty source. */
struct source {
    char *text;
    char **file;            /* the files in it, in the order of their use */
    unsigned files;
    struct source_line {
        unsigned file, line;
    } *line;
    unsigned lines;
    struct text_stream stream;  /* where text is put together */
    bool comma;             /* nothing was said behind a comma yet */
};

/*
 * Read `file`, or standard input when it is "-".  The file and what it
 * includes must be trustworthy (base/trust.h).  False with STATUS_CONFIG, or
 * STATUS_PERMISSION.
 */
bool source_read(struct source *source, const char *file,
    struct problem *problem);
/* The same for a text that is in memory already; `name` is for messages. */
bool source_read_text(struct source *source, const char *name,
    const char *text, struct problem *problem);

/*
 * "FILE:LINE" for a line of the whole text, counted from 1; freed by caller.
 */
char *source_place(const struct source *source, unsigned line);

void source_clear(struct source *source);

#endif
