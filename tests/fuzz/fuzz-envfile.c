/*
 * fuzz-envfile.c - an env_file: whatever it says is a list of variables, or a
 * sentence.
 */
#include "fuzz.h"

#include "config/envfile.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_copy_part((const char *)data, size);
    char *path = text_format("%s/env", fuzz_directory());
    struct words variables = {0};
    struct problem problem = {0};

    fuzz_write("env", text);
    fuzz_judge(envfile_read(path, &variables, &problem), &problem);
    for (size_t i = 0; i < variables.count; i++)
        fuzz_expect(strchr(variables.word[i], '=') > variables.word[i],
            "a variable has a name");
    words_clear(&variables);
    free(path);
    free(text);
    return 0;
}
