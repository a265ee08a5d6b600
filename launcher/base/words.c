/*
 * words.c - argument vectors.  Whatever ends up on a command line is
 * built here, word by word, so that nothing is ever pasted together for a
 * shell.
 */
#include "base/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Add `word` itself, which must be on the heap. */
static void
words_take(struct words *words, char *word)
{
    /* Room doubles: at 1, 3, 7, … words, each with its NULL behind it. */
    if ((words->count & (words->count + 1)) == 0)
        words->word = text_reallocate(words->word, 2 * (words->count + 1),
            sizeof *words->word);
    words->word[words->count++] = word;
    words->word[words->count] = NULL;
}

void
words_add(struct words *words, const char *word)
{
    words_take(words, text_copy(word));
}

void
words_addf(struct words *words, const char *format, ...)
{
    va_list list;
    char *word;

    va_start(list, format);
    word = text_format_list(format, list);
    va_end(list);
    words_take(words, word);
}

void
words_add_list(struct words *words, const char *word, ...)
{
    va_list list;

    va_start(list, word);
    for (; word != NULL; word = va_arg(list, const char *))
        words_add(words, word);
    va_end(list);
}

void
words_add_all(struct words *words, const struct words *more)
{
    for (size_t i = 0; i < more->count; i++)
        words_add(words, more->word[i]);
}

void
words_add_parts(struct words *words, const char *text, const char *separators)
{
    for (;;) {
        size_t length = strcspn(text, separators);

        words_take(words, text_copy_part(text, length));
        if (text[length] == '\0')
            return;
        text += length + 1;
    }
}

/* The reason why an unquoted `c` is no letter of a word; NULL: it is one. */
static const char *
meaning(char c, bool first)
{
    if (strchr("|&;<>()", c))
        return "it has an operator (| & ; < > parentheses)";
    if (c == '$' || c == '`')
        return "it has a substitution ($ or `)";
    if (strchr("*?[", c))
        return "it has a file name pattern (* ? [)";
    if (first && c == '#')
        return "it has a comment (#)";
    return NULL;
}

/*
 * Move from `*text`, which is inside quotes or at a backslash, over one
 * quoted part to `*to`, the end of a word.
 */
static const char *
take_quoted(const char **text, char **to)
{
    const char *c = *text;
    char quote = *c++;

    if (quote == '\\') {
        if (*c == '\0')
            return "it ends in a backslash";
        if (*c != '\n')        /* a line that goes on */
            *(*to)++ = *c;
        *text = c + 1;
        return NULL;
    }
    for (; *c != quote; c++) {
        if (*c == '\0')
            return "a quote is not closed";
        if (quote == '"' && (*c == '$' || *c == '`'))
            return "it has a substitution ($ or `)";
        if (quote == '"' && text_starts(c, "\\\n")) {
            c++;
            continue;
        }
        if (quote == '"' && *c == '\\' && c[1] && strchr("\"\\$`", c[1]))
            c++;
        *(*to)++ = *c;
    }
    *text = c + 1;
    return NULL;
}

bool
words_add_shell(struct words *words, const char *text, const char **reason)
{
    struct words found = {0};
    /* No word is longer than the text. */
    char *word = text_allocate(strlen(text) + 1, 1), *end = word;
    bool begun = false;

    *reason = NULL;
    while (*reason == NULL) {
        if (*text == '\0' || strchr(" \t\n", *text)) {
            if (begun)
                words_take(&found, text_copy_part(word, end - word));
            end = word;
            begun = false;
            if (*text == '\0')
                break;
            text++;
        } else if (strchr("'\"\\", *text)) {
            begun = begun || !text_starts(text, "\\\n");
            *reason = take_quoted(&text, &end);
        } else {
            *reason = meaning(*text, !begun);
            *end++ = *text++;
            begun = true;
        }
    }
    free(word);
    if (*reason == NULL)
        words_add_all(words, &found);
    words_clear(&found);
    return *reason == NULL;
}

char *
words_to_shell(const struct words *words)
{
    struct text_stream line;

    text_open(&line);
    for (size_t i = 0; i < words->count; i++) {
        char *word = text_quote(words->word[i]);

        fprintf(line.file, "%s%s", i ? " " : "", word);
        free(word);
    }
    return text_close(&line);
}

char *
words_join(const struct words *words, const char *separator)
{
    size_t room = 1;
    char *joined, *end;

    for (size_t i = 0; i < words->count; i++)
        room += strlen(words->word[i]) + strlen(separator);
    joined = end = text_allocate(room, 1);
    for (size_t i = 0; i < words->count; i++)
        end = stpcpy(i ? stpcpy(end, separator) : end, words->word[i]);
    return joined;
}

static int
compare_words(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

void
words_sort(struct words *words)
{
    if (words->count > 0)
        qsort(words->word, words->count, sizeof *words->word, compare_words);
}

bool
words_equal(const struct words *one, const struct words *other)
{
    if (one->count != other->count)
        return false;
    for (size_t i = 0; i < one->count; i++)
        if (strcmp(one->word[i], other->word[i]) != 0)
            return false;
    return true;
}

bool
words_contain(const struct words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->word[i], word) == 0)
            return true;
    return false;
}

bool
words_contain_sorted(const struct words *words, const char *word)
{
    return words->count > 0 && bsearch(&word, words->word, words->count,
        sizeof *words->word, compare_words) != NULL;
}

void
words_clear(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->word[i]);
    free(words->word);
    *words = (struct words){0};
}
