/*
 * seal.h - a last line that tells whether a text is whole.
 *
 * A loss of power may leave a file empty or half there, and a disk may change
 * a byte of it; the seal is a sum over what stands above it.  A text without
 * one, as earlier versions wrote them, is taken as it is.
 */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stdbool.h>

/* `text` with a seal; freed by the caller. */
char *seal_text(const char *text);
/*
 * Take the seal off `text`, which is then what was given to seal_text().
 * False when the text is not whole.
 */
bool seal_open(char *text);

#endif
