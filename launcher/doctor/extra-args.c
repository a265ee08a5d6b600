/*
 * extra-args.c - words of extra_args that work against the program.
 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Does `word` stand for the option, with or without a value? */
static bool
is_option(const char *word, const char *letter, const char *name)
{
    size_t length = strlen(name);

    if (letter != NULL && text_starts(word, letter))
        return true;
    return text_starts(word, "--") && strncmp(word + 2, name, length) == 0
        && strchr("=", word[2 + length]);
}

void
examine_extra_args(struct doctor *doctor)
{
    const struct words *words
        = &doctor->worker->layer.value[SETTING_EXTRA_ARGS];

    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->word[i];

        if (is_option(word, "-D", "detach")) {
            doctor->blocked = true;
            doctor_fail(doctor, STATUS_CONFIG, "extra_args has %s: %s; remove "
                "it", word, settings[SETTING_DETACH].help);
        } else if (is_option(word, NULL, "uid")
            || is_option(word, NULL, "gid"))
            doctor_warn(doctor, "extra_args has %s; remove it and set user",
                word);
        else if (is_option(word, "-I", "include"))
            doctor_warn(doctor, "extra_args has %s, which replaces the module "
                "that reports readiness; set include instead", word);
    }
}
