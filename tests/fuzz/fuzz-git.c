/*
 * fuzz-git.c - what git prints, and the files of a repository: HEAD,
 * packed-refs, a reference, commondir, and what git said.
 */
#include "fuzz.h"

#include "sync/git.h"
#include "sync/revision.h"

static const char *const files[] = {
    ".git/HEAD", ".git/packed-refs", ".git/refs", ".git/commondir"
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct words texts = fuzz_texts(data, size);
    char *git = text_format("%s/.git", fuzz_directory()), *revision;
    size_t length;

    mkdir(git, 0700);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        fuzz_write(files[i], fuzz_text(&texts, i));
    revision = revision_read(fuzz_directory());
    length = strspn(revision, "0123456789abcdef");
    fuzz_expect(revision[length] == '\0' && (length == 0 || length == 40
        || length == 64), "a commit is one, or none");
    git_explain(fuzz_text(&texts, 4));
    free(revision);
    free(git);
    words_clear(&texts);
    return 0;
}
