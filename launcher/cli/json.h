/*
 * json.h - texts as JSON has them.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

/*
 * Print `text` as a JSON string.  What base/plain.h's filter would make a
 * question mark is escaped, so that it reaches the reader; a byte that is no
 * UTF-8 is U+FFFD.
 */
void json_print(const char *text);

#endif
