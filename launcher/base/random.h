/*
 * random.h - names that nobody can guess.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

enum { RANDOM_MOST = 256 };

/* That many random bytes, RANDOM_MOST at most, in hexadecimal; freed by the
 * caller. */
char *random_text(unsigned bytes);

#endif
