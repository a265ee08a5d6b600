/*
 * fuzz.h - what every fuzz target begins with, so that each of them is a few
 * lines about what it feeds.
 *
 * A target is one function, called with bytes of any kind.  libFuzzer calls
 * it with what it thinks up (`make fuzz`), replay.c with the files of a
 * corpus (`make check`).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <ftw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/problem.h"
#include "base/text.h"
#include "base/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig keeps a token that it complains of; the program ends with it. */
const char *__lsan_default_suppressions(void) __attribute__((weak));
const char *
__lsan_default_suppressions(void)
{
    return "leak:libconfig.so\n";
}

/* A finding, when it is not so. */
static inline void
fuzz_expect(bool so, const char *what)
{
    if (so)
        return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

/* A mistake may be told in sentences, and nothing else. */
static inline void
fuzz_judge(bool good, struct problem *problem)
{
    fuzz_expect(good == (problem->text == NULL), "a failure has a sentence");
    fuzz_expect(good || problem->status != STATUS_DONE, "and a status");
    problem_clear(problem);
}

/* The bytes as texts, which NULs end; the caller clears them. */
static inline struct words
fuzz_texts(const uint8_t *data, size_t size)
{
    struct words texts = {0};

    for (size_t length; size > 0; data += length, size -= length) {
        char *text = text_copy_part((const char *)data, size);

        words_add(&texts, text);
        length = strlen(text) + 1;
        length = length > size ? size : length;
        free(text);
    }
    return texts;
}

/* The text of that number; "" when there are not so many. */
static inline const char *
fuzz_text(const struct words *texts, size_t number)
{
    return number < texts->count ? texts->word[number] : "";
}

static inline int
fuzz_remove(const char *path, const struct stat *status, int kind,
    struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

/* For the whole program; atexit() takes it away. */
static char fuzz_scratch[64];

static inline void
fuzz_finish(void)
{
    nftw(fuzz_scratch, fuzz_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* A directory of our own, in memory where there is such a place. */
static inline const char *
fuzz_directory(void)
{
    if (*fuzz_scratch == '\0') {
        snprintf(fuzz_scratch, sizeof fuzz_scratch,
            "%s/celery-tmux-fuzz.XXXXXX",
            access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        fuzz_expect(mkdtemp(fuzz_scratch) != NULL, "room for files");
        atexit(fuzz_finish);
    }
    return fuzz_scratch;
}

/* Write the file `name` there. */
static inline void
fuzz_write(const char *name, const char *text)
{
    char *path = text_format("%s/%s", fuzz_directory(), name);
    FILE *file = fopen(path, "w");

    fuzz_expect(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0
        && chmod(path, 0600) == 0, "a file is written");
    free(path);
}

#endif
