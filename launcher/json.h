/*
 * json.h - texts as JSON has them.
 */
#ifndef JSON_H
#define JSON_H

/* Print `text`, which is UTF-8, as a JSON string. */
void json_print(const char *text);

#endif
