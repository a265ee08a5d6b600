/*
 * fuzz-ssh.c - the module's words for ssh, from what sites have in their
 * profiles, a host and a user.
 */
#include "fuzz.h"

#include "ssh-words.h"

/* "" is not the same as not set. */
static void
say(const char *name, const struct words *texts, size_t number)
{
    if (number < texts->count)
        setenv(name, texts->word[number], 1);
    else
        unsetenv(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct words texts = fuzz_texts(data, size);
    struct pdsh_options options = { .connect_timeout = size % 3 };
    struct words common = {0}, words = {0};
    const char *host = fuzz_text(&texts, 0);
    bool named = false;

    say("PDSH_SSH_ARGS", &texts, 2);
    say("PDSH_SSH_ARGS_APPEND", &texts, 3);
    say("DSHPATH", &texts, 4);
    ssh_words_common(&options, &common);
    ssh_words_target(&common, size % 2, &words);
    for (size_t i = 0; i < words.count; i++) {
        char *word = ssh_words_fill(words.word[i], host,
            fuzz_text(&texts, 1), 7);

        named |= strstr(word, host) != NULL;
        free(word);
    }
    fuzz_expect(named, "the host is among the words");
    words_clear(&words);
    words_clear(&common);
    words_clear(&texts);
    return 0;
}
