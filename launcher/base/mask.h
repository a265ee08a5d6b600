/*
 * mask.h - secrets do not belong on a screen.
 */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include "base/words.h"

/* `text` with the password of every URL in it as ****; freed by the caller. */
char *mask_text(const char *text);

/*
 * Add the same words to `masked`, with the passwords of URLs as ****, and so
 * the whole value of NAME=VALUE when the name says that it is a secret.
 */
void mask_words(const struct words *words, struct words *masked);

#endif
