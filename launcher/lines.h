/*
 * lines.h - texts made of lines with a key, a blank and a value, as the
 * files of a record are.
 */
#ifndef LINES_H
#define LINES_H

/* What stands behind `key` in `text`, which may be NULL; "" when it is not
 * there.  Freed by the caller. */
char *lines_value(const char *text, const char *key);
/* The same as a whole number; 0 when it is none. */
long long lines_number(const char *text, const char *key);

#endif
