/*
 * fuzz-options.c - command lines.  What is handed on to another process, by
 * its words or through a shell, is read there as the same.
 */
#include "fuzz.h"

#include "cli/command.h"

static void
read_elsewhere(const struct options *options)
{
    struct words line = {0}, split = {0};
    struct options there = {0};
    struct problem problem = {0};
    const char *reason;
    char *shell = words_to_shell(&options->elsewhere);

    fuzz_expect(words_add_shell(&split, shell, &reason), "a shell's line");
    fuzz_expect(words_equal(&split, &options->elsewhere)
        || options->elsewhere.count == 0, "has the same words");
    words_add(&line, "celery-tmux-launch");
    words_add_all(&line, &options->elsewhere);
    fuzz_expect(options_read(&there, line.count, line.word, &problem),
        "what was right here is right there");
    fuzz_expect(words_equal(&there.arguments, &options->arguments)
        && words_equal(&there.queues, &options->queues)
        && there.all == options->all && there.force == options->force,
        "and means the same");
    for (int id = 0; id < SETTING_COUNT; id++)
        fuzz_expect(words_equal(&there.layer.value[id],
            &options->layer.value[id]), "with the same settings");
    free(shell);
    options_clear(&there);
    words_clear(&split);
    words_clear(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct words line = {0}, texts = fuzz_texts(data, size);
    const struct command *command;
    struct options options = {0};
    struct problem problem = {0};
    bool good;

    words_add(&line, "celery-tmux-launch");
    words_add_all(&line, &texts);
    good = options_read(&options, line.count, line.word, &problem);
    fuzz_judge(good, &problem);
    if (good) {
        read_elsewhere(&options);
        command_words(&options);
        command = command_find(options.command, &problem);
        fuzz_judge(command != NULL, &problem);
        if (command != NULL)
            fuzz_judge(options_check(&options, command->accepts, &problem),
                &problem);
    }
    options_clear(&options);
    words_clear(&line);
    words_clear(&texts);
    return 0;
}
