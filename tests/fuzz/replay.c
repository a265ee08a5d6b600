/*
 * replay.c - a main() for a fuzz target without libFuzzer: every file that is
 * named, or that lies in a directory that is.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/file.h"

static unsigned long replayed;

/* In memory of its own size, so that a sanitizer sees the first byte behind. */
static void
replay_file(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    size_t size;
    char *text;
    uint8_t *data;

    fuzz_expect(descriptor >= 0, path);
    text = file_read(descriptor, SIZE_MAX, &size);
    close(descriptor);
    fuzz_expect(text != NULL, path);
    data = malloc(size ? size : 1);
    fuzz_expect(data != NULL, "memory");
    memcpy(data, text, size);
    free(text);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    replayed++;
}

static void
replay(const char *path)
{
    struct dirent **file;
    int count = scandir(path, &file, NULL, alphasort);

    if (count < 0)
        replay_file(path);
    for (int i = 0; i < count; i++) {
        if (*file[i]->d_name != '.') {
            char *name = text_format("%s/%s", path, file[i]->d_name);

            replay_file(name);
            free(name);
        }
        free(file[i]);
    }
    if (count >= 0)
        free(file);
}

int
main(int count, char **word)
{
    for (int i = 1; i < count; i++)
        replay(word[i]);
    printf("%lu replayed\n", replayed);
    return 0;
}
