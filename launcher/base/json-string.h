/*
 * json-string.h - a text as JSON writes it.
 */
#ifndef BASE_JSON_STRING_H
#define BASE_JSON_STRING_H

/*
 * `text` between quotes, freed by the caller.  What base/plain.h's filter
 * would make a question mark is escaped, so that it reaches the reader; a byte
 * that is no UTF-8 is U+FFFD.
 */
char *json_string(const char *text);

#endif
