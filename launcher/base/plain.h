/*
 * plain.h - what others wrote reaches no terminal as it is.
 *
 * A worker, a setup command, git, tmux, the name of a file: what they say is
 * printed, and a terminal obeys some of it.  So whatever this program prints
 * goes to one of two streams, which pass it through one filter; nobody uses
 * those of stdio.h.  The filter leaves newlines, tabs and every letter of
 * well-formed UTF-8.  Carriage returns and NULs go, CSI sequences (colours,
 * the cursor) as a whole, of other escape sequences the ESC and what makes it
 * one, so that nothing which follows is hidden.  Any other C0 or C1
 * character, DEL, a line or paragraph separator, what turns the direction of
 * writing, and a byte that is no UTF-8 become a question mark.
 *
 * A function that writes to a descriptor itself, or keeps text, calls the
 * filter: a text that came in parts through one `struct plain` for all of
 * them, since a letter or a sequence may be cut anywhere.
 *
 *     struct plain plain = {0};
 *     while ((got = read(from, part, sizeof part)) > 0) {
 *         char *text = plain_part(&plain, part, got);
 *         fputs or write(text); free(text);
 *     }
 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stdbool.h>
#include <stdio.h>

/* Standard output and standard error, behind the filter before main(). */
extern FILE *plain_out, *plain_err;

/* Where in a text we are; all zeroes is its beginning. */
struct plain {
    enum { PLAIN_TEXT, PLAIN_ESCAPE, PLAIN_CSI } state;
    char letter[5];             /* the bytes of one that has begun */
    size_t have, want;
};

/*
 * The next `size` bytes of a text, made plain; freed by the caller.  The
 * beginning of a letter at its end comes with the next part.
 */
char *plain_part(struct plain *plain, const char *bytes, size_t size);
/* A whole text, made plain; freed by the caller. */
char *plain_text(const char *text);

/* Output to plain_out is for a program from now on: it is left as it is. */
void plain_pass(void);
/*
 * Write what plain_out still holds.  False when that, or anything before,
 * could not be written; errno says why.
 */
bool plain_end(void);
/*
 * The same, and wait so many milliseconds for it; false as well when nobody is
 * there any more to read what comes next.
 */
bool plain_wait(int milliseconds);

#endif
