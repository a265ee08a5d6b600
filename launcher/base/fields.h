/*
 * fields.h - texts made of lines with a key, a blank and a value, as the
 * files of a record are.
 */
#ifndef BASE_FIELDS_H
#define BASE_FIELDS_H

#include <stdbool.h>

/* Is there a line with `key`? */
bool fields_have(const char *text, const char *key);
/* The value behind `key` in `text`, which may be NULL; "" when it is not
 * there.  Freed by the caller. */
char *fields_value(const char *text, const char *key);
/* The same as a whole number; 0 when it is none. */
long long fields_number(const char *text, const char *key);

#endif
