/*
 * complete.c - what may come next on a command line; the shells' completions
 * ask.
 *
 *     complete -- WORD...
 *
 * The words are those behind the program's name, the last of them as far as
 * it is typed, maybe "".  What it may become is printed as candidate.h says.
 *
 * All of it comes from the tables of commands, options and settings, and from
 * the configuration that the line or the surroundings name.  Somebody is
 * typing: nothing is told of what is wrong, nothing is changed, and standard
 * input is not read.
 */
#include "internal/candidate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What takes a value: an option, a setting, or, SETTING_COUNT, neither. */
struct taker {
    const struct option *option;
    enum setting_id setting;
};

static const struct taker nobody = { NULL, SETTING_COUNT };

/* The line in front of the word. */
struct line {
    const char *name;           /* the command as it is written; NULL: none */
    const struct command *command;      /* NULL: there is no such */
    bool only_words;            /* "--" was there */
    struct words arguments;
    struct taker pending;       /* takes the next word */
};

static const struct option *
find_option(const char *name, size_t length, char letter)
{
    const struct option *option;

    for (size_t i = 0; (option = options_row(i)) != NULL; i++)
        if (option->help && (letter ? option->letter == letter
            : strlen(option->name) == length
                && strncmp(option->name, name, length) == 0))
            return option;
    return NULL;
}

/*
 * Who takes the value of an option; `*value` is the value when it stands in
 * the same word, else NULL.
 */
static struct taker
read_option(const char *text, const char **value)
{
    size_t length = strcspn(text + 2, "=");
    struct taker taker = nobody;
    char *key;

    *value = NULL;
    if (text[1] != '-') {
        for (const char *letter = text + 1; *letter; letter++) {
            taker.option = find_option("", 0, *letter);
            if (taker.option == NULL || taker.option->argument == NULL)
                continue;
            *value = letter[1] ? letter + 1 : NULL;
            return taker;
        }
        return nobody;
    }
    if (text[2 + length] == '=')
        *value = text + 2 + length + 1;
    taker.option = find_option(text + 2, length, '\0');
    if (taker.option != NULL)
        return taker.option->argument ? taker : nobody;
    key = text_copy_part(text + 2, length);
    taker.setting = setting_find(key);
    free(key);
    /* A switch alone is on, and what is refused has no value. */
    if (taker.setting != SETTING_COUNT && (settings[taker.setting].file_only
        || settings[taker.setting].type == TYPE_REFUSED
        || (settings[taker.setting].type == TYPE_SWITCH && *value == NULL)))
        return nobody;
    return taker;
}

/* The only value that matters for what comes is the configuration. */
static void
take_value(struct context *context, const struct taker *taker,
    const char *value)
{
    if (taker->option == NULL || strcmp(taker->option->name, "config") != 0)
        return;
    free(context->options.config);
    context->options.config = text_copy(value);
}

static void
read_command(struct line *line, const char *name)
{
    line->name = name;
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            line->command = commands[i];
}

static bool
is_plan(const struct line *line)
{
    return line->name && strcmp(line->name, "plan") == 0;
}

/* A command, an argument, or "--"; behind that of "plan" a line begins anew. */
static void
read_word(struct line *line, const char *text)
{
    if (strcmp(text, "--") == 0 && is_plan(line)) {
        words_clear(&line->arguments);
        line->name = NULL;
        line->command = NULL;
    } else if (strcmp(text, "--") == 0 && !line->only_words)
        line->only_words = true;
    else if (line->name == NULL)
        read_command(line, text);
    else
        words_add(&line->arguments, text);
}

static void
read_line(struct context *context, struct line *line, const char *text)
{
    const char *value;

    if (line->pending.option || line->pending.setting != SETTING_COUNT) {
        take_value(context, &line->pending, text);
        line->pending = nobody;
    } else if (line->only_words || text[0] != '-' || text[1] == '\0'
        || strcmp(text, "--") == 0)
        read_word(line, text);
    else {
        line->pending = read_option(text, &value);
        if (value != NULL) {
            take_value(context, &line->pending, value);
            line->pending = nobody;
        }
    }
}

static void
offer_commands(const struct word *word)
{
    for (size_t i = 0; commands[i]; i++)
        if (!commands[i]->internal)
            candidate_offer(word, commands[i]->name, commands[i]->help);
}

static void
offer_options(const struct word *word, const struct command *command)
{
    unsigned accepts = command ? command->accepts : ~0u;
    const struct option *option;

    for (size_t i = 0; (option = options_row(i)) != NULL; i++) {
        char *text = text_format("--%s%s", option->name,
            option->argument ? "=" : "");

        if (option->help && (!option->accept || (option->accept & accepts)))
            candidate_offer(word, text, option->help);
        free(text);
    }
    if ((accepts & ACCEPT_SETTINGS) == ACCEPT_SETTINGS)
        candidate_keys(word, true);
    else if (accepts & ACCEPT_STATE_DIR)
        candidate_offer(word, "--state-dir=",
            settings[SETTING_STATE_DIR].help);
}

static void
offer_formats(const struct word *word)
{
    static const char *const formats[] = {
        "text", "sample", "mdoc", "starcluster", NULL
    };

    for (size_t i = 0; formats[i]; i++)
        candidate_offer(word, formats[i], NULL);
}

static void
offer_times(const struct word *word)
{
    static const char *const times[] = { "10m", "1h", "1d", NULL };

    for (size_t i = 0; times[i]; i++)
        candidate_offer(word, times[i], NULL);
}

/* An option's argument says what it takes; NAME is that of two. */
static void
offer_value(struct word *word, const struct taker *taker)
{
    const struct option *option = taker->option;

    if (option == NULL)
        candidate_values(word, &settings[taker->setting]);
    else if (strcmp(option->argument, "FILE") == 0)
        candidate_files(word, "file");
    else if (strcmp(option->argument, "QUEUE") == 0)
        candidate_queues(word);
    else if (strcmp(option->argument, "FORMAT") == 0)
        offer_formats(word);
    else if (strcmp(option->argument, "TIME") == 0)
        offer_times(word);
    else if (strcmp(option->argument, "HOSTS") == 0)
        candidate_hosts(word);
    else if (strcmp(option->name, "node") == 0)
        candidate_nodes(word);
    else if (strcmp(option->name, "targets") == 0)
        candidate_hosts(word);
    else if (strcmp(option->name, "worker") == 0)
        candidate_workers(word);
}

static void
offer_arguments(struct word *word, const struct line *line)
{
    const char *name = line->name ? line->name : "help";

    if (strcmp(name, "help") == 0 || is_plan(line)) {
        if (line->arguments.count == 0)
            offer_commands(word);
    } else if (strcmp(name, "hosts") == 0)
        candidate_hosts(word);
    else if (strcmp(name, "settings") == 0)
        candidate_keys(word, false);
    else if (strcmp(name, "watch") == 0
        || (line->command && (line->command->accepts & ACCEPT_WORKERS)))
        candidate_workers(word);
}

/* The last word of the line. */
static void
offer_word(struct word *word, const struct line *line)
{
    bool option = !line->only_words && *word->begun == '-';
    const char *value = NULL;
    struct taker taker = option && word->begun[1]
        ? read_option(word->begun, &value) : nobody;
    bool takes = taker.option || taker.setting != SETTING_COUNT;

    if (line->pending.option || line->pending.setting != SETTING_COUNT)
        offer_value(word, &line->pending);
    else if (option && value && takes) {
        candidate_keep(word, value - word->begun);
        offer_value(word, &taker);
    } else if (option && value == NULL)
        offer_options(word, line->command);
    else if (!option)
        offer_arguments(word, line);
}

/* What could not be printed back as it is, nobody can complete. */
static bool
is_plain(const char *text)
{
    if (!text_is_utf8(text))
        return false;
    while (*text && !iscntrl((unsigned char)*text))
        text++;
    return *text == '\0';
}

static enum status
complete(struct context *context, struct problem *problem)
{
    const struct words *words = &context->options.arguments;
    struct line line = { .pending = nobody };
    struct word word = { .context = context, .others = &line.arguments };

    (void)problem;
    if (words->count == 0)
        return STATUS_DONE;
    for (size_t i = 0; i + 1 < words->count; i++)
        read_line(context, &line, words->word[i]);
    word.before = text_copy("");
    word.begun = words->word[words->count - 1];
    if (is_plain(word.begun))
        offer_word(&word, &line);
    free(word.before);
    words_clear(&line.arguments);
    return STATUS_DONE;
}

const struct command command_complete = {
    .name = "complete", .usage = "-- WORD...", .internal = true,
    .help = "Print what may come next on a command line; shells ask.",
    .accepts = ACCEPT_ARGUMENTS,
    .run = complete,
};
