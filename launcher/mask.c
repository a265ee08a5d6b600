/*
 * mask.c - finds what looks like a secret; rather one too many than one too
 * few.
 */
#include "mask.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

char *
mask_text(const char *text)
{
    char *masked = text_copy("");
    const char *scheme;

    /*
     * scheme://user:SECRET@host.  Whoever wrote a / or ; into the password
     * without encoding it shall not read it on a screen either, so all up to
     * the last @ before the next URL or blank is taken for one.
     */
    while ((scheme = strstr(text, "://")) != NULL) {
        const char *start = scheme + 3, *next = strstr(start, "://");
        size_t length = strcspn(start, " \t\n'\"");
        const char *colon, *at;

        if (next != NULL && (size_t)(next - start) < length)
            length = next - start;
        colon = memchr(start, ':', length);
        at = memrchr(start, '@', length);
        text_append(&masked, "%.*s", (int)(start - text), text);
        if (colon != NULL && at != NULL && colon < at)
            text_append(&masked, "%.*s:****%.*s", (int)(colon - start), start,
                (int)(start + length - at), at);
        else
            text_append(&masked, "%.*s", (int)length, start);
        text = start + length;
    }
    text_append(&masked, "%s", text);
    return masked;
}

static bool
names_secret(const char *variable_word)
{
    static const char *const parts[] = {
        "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL",
        "_KEY", "APIKEY"
    };
    char *name = text_copy_part(variable_word, strcspn(variable_word, "="));
    bool secret = false;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        secret = secret || strcasestr(name, parts[i]) != NULL;
    free(name);
    return secret;
}

void
mask_words(const struct words *words, struct words *masked)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->word[i];

        if (strchr(word, '=') != NULL && *word != '-' && names_secret(word))
            words_addf(masked, "%.*s=****", (int)strcspn(word, "="), word);
        else {
            char *text = mask_text(word);

            words_add(masked, text);
            free(text);
        }
    }
}
