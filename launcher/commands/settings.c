/*
 * settings.c - the table of settings for people, for the sample file,
 * for the manual page and for the import of StarCluster's configuration.
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain.h"
#include "base/text.h"
#include "config/setting.h"

struct format {
    const char *name;
    const char *before, *after;     /* around all of it, or NULL */
    void (*print)(const struct setting *setting);
};

/* Print `text` in lines of at most `width`, each behind `margin`. */
static void
print_wrapped(const char *margin, const char *text, size_t width)
{
    while (*text) {
        size_t length = strlen(text), cut = length;

        if (length > width)
            for (cut = width; cut > 0 && text[cut] != ' '; cut--)
                continue;
        if (cut == 0)
            cut = strcspn(text, " ");
        fprintf(plain_out, "%s%.*s\n", margin, (int)cut, text);
        text += cut + strspn(text + cut, " ");
    }
}

/* The values that may be written, in a few words; freed by the caller. */
static char *
range_of(const struct setting *setting)
{
    static const char *const words[] = {
        [TYPE_DECIMAL] = "a number, in s",
        [TYPE_SIZE] = "bytes, as in \"64M\"", [TYPE_SWITCH] = "true or false",
        [TYPE_LIST] = "a list", [TYPE_ENVIRONMENT] = "a group or a list",
        [TYPE_HOSTS] = "a host list", [TYPE_COMMAND] = "a shell command",
        [TYPE_WORDS] = "a command in shell words",
        [TYPE_DIRECTORY] = "a path from / or ~/", [TYPE_FILE] = "a path",
        [TYPE_CONCURRENCY] = "a number, \"50%\" or \"all-2\"",
        [TYPE_AUTOSCALE] = "\"MAX,MIN\"", [TYPE_UMASK] = "octal, in quotes",
        [TYPE_REFUSED] = NULL,
    };
    const char *fixed = words[setting->type];
    char *range = NULL;

    if (setting->type == TYPE_NUMBER)
        return text_format("%ld to %ld%s%s", setting->minimum,
            setting->maximum, setting->unit ? " " : "",
            setting->unit ? setting->unit : "");
    if (setting->separator && fixed)
        return text_format("%s, or one text with %s", fixed,
            setting->separator == ',' ? "commas" : "colons");
    for (size_t i = 0; setting->choices && setting->choices[i]; i++)
        text_append(&range, "%s%s", i ? ", " : "", setting->choices[i]);
    return range ? range : text_copy(fixed ? fixed : "a text");
}

static bool
is_bare(const struct setting *setting)
{
    return setting->type == TYPE_NUMBER || setting->type == TYPE_SWITCH;
}

static void
print_text(const struct setting *setting)
{
    char *range;

    if (setting->heading)
        fprintf(plain_out, "%s\n", setting->heading);
    if (setting->type == TYPE_REFUSED) {
        fprintf(plain_out, "  %-24s %s\n", setting->key, setting->help);
        return;
    }
    range = range_of(setting);
    fprintf(plain_out, "  %-24s %s%s%s%s%s%s%s%s\n", setting->key, range,
        setting->standard ? "; default " : "",
        setting->standard ? setting->standard : "",
        setting->flag ? "; " : "", setting->flag ? setting->flag : "",
        setting->since ? " since Celery " : "",
        setting->since ? setting->since : "",
        setting->file_only ? "; in a file only" : "");
    print_wrapped("      ", setting->help, 72);
    free(range);
}

static void
print_sample(const struct setting *setting)
{
    const char *quote = is_bare(setting) && setting->standard ? "" : "\"";

    if (setting->type == TYPE_REFUSED)
        return;
    if (setting->heading)
        fprintf(plain_out, "\n    /* %s. */\n", setting->heading);
    if (setting->own)       /* it cannot stand in defaults */
        return;
    putc('\n', plain_out);
    print_wrapped("    # ", setting->help, 72);
    fprintf(plain_out, "    #%s = %s%s%s;\n", setting->key, quote,
        setting->standard ? setting->standard : "", quote);
}

/*
 * Escaped for mdoc(7), which wants each sentence on a line of its own, and
 * takes quotes behind a macro away.
 */
static void
print_mdoc_text(const char *text)
{
    while (*text) {
        const char *end = strstr(text, ".  ");
        size_t length = end ? (size_t)(end + 1 - text) : strlen(text);
        char *sentence = text_copy("");

        for (size_t i = 0; i < length; i++)
            text_append(&sentence, text[i] == '\\' ? "\\e"
                : text[i] == '"' ? "\\(dq" : text[i] == '-' ? "\\-" : "%c",
                text[i]);
        print_wrapped("", sentence, 76);
        free(sentence);
        text += length + strspn(text + length, " ");
    }
}

/* A line of its own, not run together with the sentence before. */
static void
print_mdoc_line(const char *what, const char *text)
{
    fprintf(plain_out, ".br\n%s: ", what);
    print_mdoc_text(text);
}

static void
print_mdoc(const struct setting *setting)
{
    char *range;

    if (setting->heading)
        fprintf(plain_out, "%s.Ss %s\n.Bl -tag -width Ds\n",
            strcmp(setting->key, settings[0].key) ? ".El\n" : "",
            setting->heading);
    fprintf(plain_out, ".It Ic %s", setting->key);
    if (setting->type == TYPE_REFUSED) {
        putc('\n', plain_out);
        print_mdoc_text(setting->help);
        return;
    }
    range = range_of(setting);
    fputs(" = ", plain_out);
    print_mdoc_text(range);
    print_mdoc_text(setting->help);
    if (setting->standard != NULL)
        print_mdoc_line("Default", setting->standard);
    if (setting->flag != NULL)
        print_mdoc_line(setting->use == USE_VARIABLE ? "Variable" : "Flag",
            setting->flag);
    if (setting->since != NULL)
        print_mdoc_line("Since Celery", setting->since);
    free(range);
}

/* How the import writes a value. */
static const char *
kind_of(const struct setting *setting)
{
    return setting->use == USE_NOTHING ? "nothing"
        : setting->type == TYPE_NUMBER ? "number"
        : setting->type == TYPE_CONCURRENCY ? "number"
        : setting->type == TYPE_SWITCH ? "switch"
        : setting->type == TYPE_DIRECTORY ? "directory" : "text";
}

/*
 * Behind tabs: a name there, the name here, the kind of value, the default
 * there, and what an empty value meant there.
 */
static void
print_starcluster(const struct setting *setting)
{
    const char *names[] = { setting->key, setting->old[0], setting->old[1] };

    if (setting->starcluster == NULL)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i] != NULL)
            fprintf(plain_out, "%s\t%s\t%s\t%s\t%s\n", names[i], setting->key,
                kind_of(setting), setting->starcluster,
                setting->starcluster_empty ? setting->starcluster_empty
                : "");
}

static const struct format formats[] = {
    { "text", NULL, NULL, print_text },
    { "sample",
        "/*\n"
        " * celery-tmux.conf - sample configuration of celery-tmux-launch.\n"
        " *\n"
        " * Copy it to ~/.config/celery-tmux/ or /etc/celery-tmux/ and\n"
        " * remove the # from what you want to set; what follows a # is the\n"
        " * default.  See celery-tmux.conf(5).\n"
        " */\n\n"
        "/* One group for each worker.  It may have every setting below, and\n"
        " * name, hosts and session. */\n"
        "workers = (\n"
        "    { queue = \"celery\"; }\n"
        "    #, { name = \"gpu\"; queue = \"video,image\"; hosts = "
        "\"gpu[01-04]\"; concurrency = 2; }\n"
        ");\n\n"
        "/* Settings for some nodes. */\n"
        "#nodes = ( { hosts = \"node[001-004]\"; concurrency = 16; } );\n\n"
        "/* Settings for all workers, unless one has its own. */\n"
        "defaults = {",
        "};\n", print_sample },
    { "mdoc", NULL, ".El\n", print_mdoc },
    { "starcluster", NULL, NULL, print_starcluster },
};

/* Those that are named, in that order, without what belongs to all. */
static bool
print_named(const struct words *names, const struct format *format,
    struct problem *problem)
{
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->word[i], *near = setting_nearest(name);
        enum setting_id id = setting_find(name);

        if (id == SETTING_COUNT)
            problem_add(problem, STATUS_USAGE, near ? "there is no setting "
                "%s; did you mean %s?" : "there is no setting %s; "
                "celery-tmux-launch settings lists them", name,
                near);
        else {
            struct setting alone = settings[id];

            alone.heading = NULL;
            format->print(&alone);
        }
    }
    return problem->text == NULL;
}

static enum status
print_settings(struct context *context, struct problem *problem)
{
    const struct words *names = &context->options.arguments;
    const char *name = context->options.format;

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct format *format = &formats[i];

        if (name != NULL && strcmp(format->name, name) != 0)
            continue;
        if (names->count > 0)
            return print_named(names, format, problem) ? STATUS_DONE
                : STATUS_USAGE;
        if (format->before)
            fputs(format->before, plain_out);
        for (int id = 0; id < SETTING_COUNT; id++)
            format->print(&settings[id]);
        if (format->after)
            fputs(format->after, plain_out);
        return STATUS_DONE;
    }
    problem_add(problem, STATUS_USAGE, "there is no format %s; write text, "
        "sample, mdoc or starcluster", name);
    return STATUS_USAGE;
}

const struct command command_settings = {
    .name = "settings", .usage = "[KEY]...",
    .help = "List every setting.",
    .accepts = ACCEPT_FORMAT | ACCEPT_ARGUMENTS,
    .run = print_settings,
};
