/*
 * scan.c - knows as much of libconfig's grammar as is needed to tell a number,
 * a comma and a key from what stands in strings and comments.
 */
#include "config/scan.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* 027 is 27 to libconfig 1.5 and 1.8.2, and octal from 1.6 to 1.8.0. */
static bool
may_be_octal(const char *token, size_t length)
{
    size_t sign = strchr("+-", *token) != NULL;
    size_t digits = strspn(token + sign, "0123456789");
    size_t wide = strspn(token + sign + digits, "L");

    return token[sign] == '0' && digits > 1
        && sign + digits + wide == length;
}

/* Does a token of libconfig that begins with a digit or sign fit? */
static bool
integer_fits(const char *token, size_t length)
{
    char *text = text_copy_part(token, length);
    bool wide = text_ends(text, "L"), fits = true;
    bool hex = strncasecmp(text, "0x", 2) == 0;
    long value;

    text[strcspn(text, "L")] = '\0';
    errno = 0;
    if (hex && text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0') {
        value = strtol(text, NULL, 16);
        fits = errno == 0 && (wide || value <= INT_MAX);
    } else if (text[strspn(text, "+-0123456789")] == '\0'
        && strpbrk(text, "0123456789"))
        fits = text_to_long(text, &value)
            && (wide || (value >= INT_MIN && value <= INT_MAX));
    free(text);
    return fits;
}

/* libconfig takes such a comma since 1.7; all nodes are to say the same. */
static bool
closes_behind_comma(bool *comma, char c)
{
    if (*comma && strchr(")]}", c))
        return true;
    if (!isspace((unsigned char)c))
        *comma = c == ',';
    return false;
}

static bool
check_number(const char *token, size_t length, const char *place,
    struct problem *problem)
{
    if (may_be_octal(token, length))
        return problem_add(problem, STATUS_CONFIG, "%s: the number %.*s "
            "begins with 0, which some versions of libconfig take for octal; "
            "leave the 0 out, or write it in quotes", place, (int)length,
            token);
    if (!integer_fits(token, length))
        return problem_add(problem, STATUS_CONFIG, "%s: the number %.*s is "
            "too large; write a smaller one, or L after one of more than 32 "
            "bits", place, (int)length, token);
    return true;
}

bool
scan_line(const char *line, const char *place, enum scan_state *state,
    bool *comma, struct problem *problem)
{
    for (const char *c = line; *c; c++) {
        if (*state == SCAN_STRING) {
            if (*c == '\\' && c[1])
                c++;
            else if (*c == '"')
                *state = SCAN_PLAIN;
        } else if (*state == SCAN_COMMENT) {
            if (c[0] == '*' && c[1] == '/') {
                *state = SCAN_PLAIN;
                c++;
            }
        } else if (*c == '#' || (c[0] == '/' && c[1] == '/'))
            return true;
        else if (c[0] == '/' && c[1] == '*') {
            *state = SCAN_COMMENT;
            c++;
        } else if (closes_behind_comma(comma, *c))
            return problem_add(problem, STATUS_CONFIG, "%s: there is a comma "
                "before this %c; remove it", place, *c);
        else if (*c == '"')
            *state = SCAN_STRING;
        else if (isalnum((unsigned char)*c) || strchr("+-_*.", *c)) {
            size_t length = 1;

            while (isalnum((unsigned char)c[length])
                || (c[length] && strchr("+-_.", c[length])))
                length++;
            if ((isdigit((unsigned char)*c) || strchr("+-", *c))
                && !check_number(c, length, place, problem))
                return false;
            if (*c == '_')
                return problem_add(problem, STATUS_CONFIG, "%s: the key %.*s "
                    "begins with _, which libconfig does not accept; in "
                    "environment write the list form, as in "
                    "environment = ( \"%.*s=...\" )", place, (int)length, c,
                    (int)length, c);
            c += length - 1;
        }
    }
    return true;
}
