/*
 * reader.h - the lines of a descriptor that does not block.
 */
#ifndef TOP_READER_H
#define TOP_READER_H

#include <stdbool.h>
#include <stddef.h>

struct reader {
    int descriptor;             /* -1: it has ended */
    char *text;
    size_t length;
    bool drops;                 /* the rest of a line that is too long */
};

/* `descriptor` becomes the reader's. */
void reader_open(struct reader *reader, int descriptor);
/*
 * Call `take` with each line that is there, without its end.  How many were
 * dropped, since they had more than 64 KiB?
 */
size_t reader_read(struct reader *reader, void (*take)(char *line, void *data),
    void *data);
void reader_close(struct reader *reader);

/*
 * pdsh ends a line at a NUL and leaves out that it has ended: what the node
 * says next stands behind it.  Let `*line`, what follows the label in `whole`,
 * be the last thing said; how many before it were cut off.  What stands there
 * with another node's label is lost, for this one may not speak for it.
 */
size_t line_skip_cut_off(const char *whole, char **line);

#endif
