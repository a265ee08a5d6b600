/*
 * mainprocess.c - knows MainProcess by its command line.  A wrapper that stays
 * has the same words behind its own name; the processes of the pool have its
 * command line to the letter, or a title that says what they are.
 */
#include "system/mainprocess.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "base/words.h"

static bool
is_shell(const char *word)
{
    static const char *const shells[] = {
        "sh", "bash", "dash", "zsh", "ksh", "fish", "tmux", NULL
    };
    const char *slash = strrchr(word, '/');

    word = slash ? slash + 1 : word;
    word += *word == '-';
    for (size_t i = 0; shells[i]; i++)
        if (strcmp(word, shells[i]) == 0)
            return true;
    return false;
}

/* With setproctitle a process is called "[celeryd: NAME:MainProcess] ...". */
static bool
is_titled(const struct words *words)
{
    return words->count > 0 && text_starts(words->word[0], "[celery")
        && strstr(words->word[0], ":MainProcess]") != NULL;
}

/* Where the word "worker" stands in a worker's command line, else 0. */
static size_t
worker_word(const struct words *words)
{
    bool celery = false;

    if (words->count == 0 || is_shell(words->word[0]))
        return 0;
    for (size_t i = 0; i < words->count; i++) {
        if (celery && strcmp(words->word[i], "worker") == 0)
            return i;
        celery = celery || strstr(words->word[i], "celery") != NULL;
    }
    return 0;
}

/* Do both go on alike from the word "worker"? */
static bool
same_end(const struct words *one, const struct words *other)
{
    size_t i = worker_word(one), j = worker_word(other);

    if (i == 0 || j == 0 || one->count - i != other->count - j)
        return false;
    for (; i < one->count; i++, j++)
        if (strcmp(one->word[i], other->word[j]) != 0)
            return false;
    return true;
}

struct process
mainprocess_find(const struct process_list *list)
{
    struct process found = {0};
    struct words best = {0};
    bool titled = false;

    for (size_t i = 0; i < list->count && !titled; i++) {
        struct words words = {0};

        proc_command(list->process[i].pid, &words);
        titled = is_titled(&words);
        if (titled || (found.pid == 0 ? worker_word(&words) > 0
            : same_end(&words, &best) && !words_equal(&words, &best))) {
            found = list->process[i];
            words_clear(&best);
            words_add_all(&best, &words);
        }
        words_clear(&words);
    }
    words_clear(&best);
    return found;
}
