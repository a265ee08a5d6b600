/*
 * mask.c - finds what looks like a secret; rather one too many than one
 * too few.
 */
#include "base/mask.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Shortest name in a URL that is a key, as Sentry's and GitHub's are. */
enum { KEY = 16 };

/* A text on its way out. */
struct output {
    char *text;
    size_t length;
};

static void
mask_put(struct output *output, const char *text, size_t length)
{
    memcpy(output->text + output->length, text, length);
    output->length += length;
}

static bool
belongs_to_name(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_-.", c));
}

/* Is `word` in the name, and at the end of a part of it? */
static bool
has_part(const char *name, const char *word)
{
    const char *place = name;

    while ((place = strcasestr(place, word)) != NULL) {
        place += strlen(word);
        if (!isalpha((unsigned char)*place) || strcasecmp(place, "s") == 0)
            return true;
    }
    return false;
}

/* A working directory and a password may both be called so. */
static bool
is_pwd(const char *name)
{
    return text_ends(name, "_PWD") || text_ends(name, "_pwd")
        || strcmp(name, "pwd") == 0 || strcmp(name, "Pwd") == 0;
}

static bool
names_secret(const char *name)
{
    static const char *const anywhere[] = {
        "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL"
    };
    static const char *const parts[] = {
        "PASS", "TOKEN", "_KEY", "-KEY", "APIKEY", "ACCESSKEY", "ACCOUNTKEY",
        "PRIVATEKEY", "SIGNATURE"
    };
    static const char *const harmless[] = {
        "ROUTING_KEY", "PUBLIC_KEY", "BYPASS"
    };

    for (size_t i = 0; i < sizeof anywhere / sizeof *anywhere; i++)
        if (strcasestr(name, anywhere[i]) != NULL)
            return true;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (has_part(name, harmless[i]))
            return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (has_part(name, parts[i]))
            return true;
    return is_pwd(name) || strcmp(name, "sig") == 0;
}

/* How long is a value?  A list may have a URL next. */
static size_t
value_length(const char *value)
{
    size_t length;

    if (*value == '\'' || *value == '"') {
        const char *end = strchr(value + 1, *value);

        return end != NULL ? (size_t)(end - value) + 1 : strlen(value);
    }
    for (length = strcspn(value, " \t\n'\"&;,"); value[length] == ',';
        length += 1 + strcspn(value + length + 1, " \t\n'\"&;,")) {
        const char *next = value + length + 1;

        while (belongs_to_name(*next) || *next == '+')
            next++;
        if (text_starts(next, "://"))
            break;
    }
    return length;
}

/*
 * NAME=VALUE as it stands in a query, a list or before a command; behind a =
 * it is a value itself.  The length of what was put, 0 when it is none.
 */
static size_t
put_assignment(const char *text, const char *whole, struct output *output)
{
    size_t length = 0, value;
    bool secret;
    char *name;

    while (belongs_to_name(text[length]))
        length++;
    if (length == 0)
        return 0;
    value = text[length] == '=' ? value_length(text + length + 1) : 0;
    name = text_copy_part(text, length);
    secret = value > 0 && !(text > whole && text[-1] == '=')
        && names_secret(name);
    free(name);
    mask_put(output, text, length);
    if (!secret)
        return length;
    mask_put(output, "=****", 5);
    return length + 1 + value;
}

/* A port, and no password that somebody did not encode? */
static bool
is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return text[digits] == '\0' || strchr("/?#,;: \t\n'\")", text[digits]);
}

/*
 * How long the part is that may have a name and a password: up to the next
 * URL or blank, or, where a password has a blank in it, the end of the line.
 */
static size_t
longest_authority(const char *start)
{
    const char *next = strstr(start, "://");
    size_t limit = next ? (size_t)(next - start) : strlen(start);
    size_t length = strcspn(start, " \t\n'\""), rest, name;

    if (length >= limit)
        return limit;
    name = strcspn(start, ":/?#@ \t\n'\"");
    rest = strcspn(start, "\n'\"");
    if (rest > limit)
        rest = limit;
    if (start[name] == ':' && !is_port(start + name + 1)
        && memchr(start, '@', length) == NULL)
        return rest;
    return length;
}

static bool
is_key(const char *text, size_t length)
{
    bool digit = false;

    for (size_t i = 0; i < length; i++)
        if (!belongs_to_name(text[i]))
            return false;
        else
            digit = digit || isdigit((unsigned char)text[i]);
    return digit && length >= KEY;
}

/*
 * scheme://user:SECRET@host, behind its ://.  Whoever wrote a / or ; into the
 * password without encoding it shall not read it on a screen either, so all
 * up to the last @ is taken for one.  The length of what was put.
 */
static size_t
put_authority(const char *start, struct output *output)
{
    size_t length = longest_authority(start);
    const char *colon = memchr(start, ':', length);
    const char *at = memrchr(start, '@', length);

    if (at == NULL)
        return 0;
    if (colon != NULL && colon < at)
        mask_put(output, start, colon + 1 - start);
    else if (!is_key(start, at - start))
        return 0;
    mask_put(output, "****", 4);
    return at - start;
}

char *
mask_text(const char *text)
{
    /* "://:@" is the shortest that grows, by four. */
    struct output output = { text_allocate(2 * strlen(text) + 1, 1), 0 };
    const char *c = text;

    while (*c) {
        size_t length = 0;

        if (text_starts(c, "://")) {
            mask_put(&output, c, 3);
            c += 3;
            length = put_authority(c, &output);
        } else if (c == text || !belongs_to_name(c[-1]))
            length = put_assignment(c, text, &output);
        if (length == 0 && *c && !text_starts(c, "://")) {
            mask_put(&output, c, 1);
            length = 1;
        }
        c += length;
    }
    return output.text;
}

void
mask_words(const struct words *words, struct words *masked)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->word[i];
        size_t length = strcspn(word, "=");
        char *name = text_copy_part(word, length);

        if (word[length] == '=' && *word != '-' && names_secret(name))
            words_addf(masked, "%s=****", name);
        else {
            char *text = mask_text(word);

            words_add(masked, text);
            free(text);
        }
        free(name);
    }
}
