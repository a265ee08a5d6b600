/*
 * words.h - an argument vector that grows, ready for execvp(3).
 *
 * A list owns copies of its words.  All zeroes is an empty list; word[count]
 * is NULL once a word was added.  Running out of memory ends the program.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
    char **word;
    size_t count;
};

void words_add(struct words *words, const char *word);
void words_addf(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Add all that are given, the last of which is followed by NULL. */
void words_add_list(struct words *words, const char *word, ...)
    __attribute__((sentinel));
/* Add every word of `more`, which must be another list. */
void words_add_all(struct words *words, const struct words *more);
/* Add what stands between the separators in `text`, leaving out nothing. */
void words_add_parts(struct words *words, const char *text,
    const char *separators);

/*
 * Add the words of `text` as a POSIX shell would split it, quotes and
 * backslashes included.  Nothing is expanded.  Operators, substitutions and
 * an open quote make it no simple list of words: false then, with the reason
 * in `*reason` (static text) and nothing added.
 */
bool words_add_shell(struct words *words, const char *text,
    const char **reason);

/* One line that a POSIX shell reads back as these words; caller frees. */
char *words_to_shell(const struct words *words);
/* The words with `separator` between them; freed by the caller. */
char *words_join(const struct words *words, const char *separator);

/* Sort by bytes. */
void words_sort(struct words *words);

bool words_equal(const struct words *one, const struct words *other);
bool words_contain(const struct words *words, const char *word);
/* The same of a list that is sorted: quick among thousands. */
bool words_contain_sorted(const struct words *words, const char *word);

/* Give back every word; the list is empty and ready for use again. */
void words_clear(struct words *words);

#endif
