/*
 * json.h - one JSON object a line, member by member.
 *
 * All zeroes is an object that is about to begin.  A text that is NULL is
 * null.  What base/plain.h's filter would make a question mark is escaped, so
 * that it reaches the reader; a byte that is no UTF-8 is U+FFFD.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "base/words.h"

struct json {
    FILE *file;                 /* it is printed to; NULL: plain_out */
    bool begun;                 /* a member was printed */
};

void json_text(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, long long number);
void json_switch(struct json *json, const char *key, bool on);
/* A list of texts; `words` may be NULL. */
void json_words(struct json *json, const char *key, const struct words *words);
/* A member that is an object: its members follow, and json_end(). */
void json_object(struct json *json, const char *key);
void json_end(struct json *json);
/* A member that is a list of objects: json_item() and json_end() for each. */
void json_list(struct json *json, const char *key);
void json_item(struct json *json);
void json_list_end(struct json *json);

#endif
