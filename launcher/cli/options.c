/*
 * options.c - reads the command line by the table below and the table of
 * settings.
 */
#include "cli/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define FIELD(field) offsetof(struct options, field)

static const struct option table[] = {
    { "config", 'c', 0, "FILE", FIELD(config),
        "read this configuration; - is standard input" },
    { "node", 0, 0, "NAME", FIELD(node), "use this name for hosts and nodes" },
    { "head", 0, 0, "VERSION", FIELD(head), NULL },
    { "for-root", 0, 0, "FILE", FIELD(for_root), NULL },
    { "queue", 'q', ACCEPT_WORKERS, "QUEUE", FIELD(queues),
        "choose the workers of exactly this queue" },
    { "all", 0, ACCEPT_ALL, NULL, FIELD(all),
        "choose every worker with a record on this node" },
    { "dry-run", 'N', ACCEPT_DRY_RUN, NULL, FIELD(dry_run),
        "print what would be done, and do nothing" },
    { "sync", 0, ACCEPT_SYNC, NULL, FIELD(sync),
        "bring the code up to date first, as sync does" },
    { "no-sync", 0, ACCEPT_SYNC, NULL, FIELD(no_sync),
        "do not update the code on the head of a fan-out" },
    { "if-changed", 0, ACCEPT_IF_CHANGED, NULL, FIELD(if_changed),
        "if git brought nothing new, do no more and return 10" },
    { "no-wait", 0, ACCEPT_NO_WAIT, NULL, FIELD(no_wait),
        "do not wait until the workers are ready" },
    { "force", 0, ACCEPT_FORCE, NULL, FIELD(force),
        "end what still runs after stop_timeout, as kill does" },
    { "now", 0, ACCEPT_NOW, NULL, FIELD(now),
        "end the workers without waiting for their tasks" },
    { "splay", 0, ACCEPT_SPLAY, "SECONDS", FIELD(splay),
        "first wait a random time of at most SECONDS" },
    { "json", 0, ACCEPT_JSON, NULL, FIELD(json), "one JSON object a line" },
    { "prom", 0, ACCEPT_PROM, NULL, FIELD(prom),
        "print metrics for Prometheus" },
    { "lines", 'n', ACCEPT_LINES, "LINES", FIELD(lines),
        "print LINES lines (default 50)" },
    { "follow", 'f', ACCEPT_FOLLOW, NULL, FIELD(follow),
        "keep printing, until ^C" },
    { "beats", 0, ACCEPT_FOLLOW, NULL, FIELD(beats), NULL },
    { "last-run", 0, ACCEPT_LAST_RUN, NULL, FIELD(last_run),
        "print what the previous run printed last" },
    { "draining", 0, ACCEPT_DRAINING, NULL, FIELD(draining),
        "the one that still drains after a surge" },
    { "since", 0, ACCEPT_SINCE, "TIME", FIELD(since),
        "print what was printed since TIME ago, as in 10m" },
    { "grep", 0, ACCEPT_GREP, "REGEX", FIELD(grep), "only lines that match" },
    { "until", 0, ACCEPT_UNTIL, "REGEX", FIELD(until), "wait for such a line" },
    { "timeout", 0, ACCEPT_TIMEOUT, "SECONDS", FIELD(timeout),
        "with --until: return 75 when none has come by then" },
    { "write", 0, ACCEPT_WRITE, NULL, FIELD(write),
        "let what you type reach the session" },
    { "fold", 0, ACCEPT_FOLD, NULL, FIELD(fold),
        "print one short list instead of one name a line" },
    { "targets", 'w', ACCEPT_TARGETS, "HOSTS", FIELD(targets),
        "show these nodes, by way of pdsh" },
    { "worker", 'W', ACCEPT_WORKER, "NAME", FIELD(worker),
        "take the nodes that this worker belongs on" },
    { "workers", 0, ACCEPT_NAMES, NULL, FIELD(workers),
        "print the names of the configured workers" },
    { "print", 0, ACCEPT_PRINT, NULL, FIELD(print),
        "print only the configuration, for a pipe to nodes" },
    { "hosts", 0, ACCEPT_HOSTS, NULL, FIELD(hosts),
        "check for every node that the configuration names" },
    { "setup", 0, ACCEPT_SETUP, NULL, FIELD(setup),
        "run worker_setup_cmd first" },
    { "format", 0, ACCEPT_FORMAT, "FORMAT", FIELD(format),
        "FORMAT is text, sample, mdoc or starcluster" },
    { "verbose", 'v', 0, NULL, FIELD(verbose), "print more" },
    { "help", 'h', 0, NULL, FIELD(help), "print this help" },
    { "version", 'V', 0, NULL, FIELD(version), "print the version" },
};

enum { OPTIONS = sizeof table / sizeof *table };

const struct option *
options_row(size_t row)
{
    return row < OPTIONS ? &table[row] : NULL;
}

static const struct option *
find_option(const char *name, size_t length)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (strlen(table[i].name) == length
            && strncmp(table[i].name, name, length) == 0)
            return &table[i];
    return NULL;
}

static const struct option *
find_letter(char letter)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (table[i].letter && table[i].letter == letter)
            return &table[i];
    return NULL;
}

/* `argument` is NULL when the option takes none. */
static void
options_apply(struct options *options, const struct option *option,
    const char *argument)
{
    char *field = (char *)options + option->offset;

    options->used |= option->accept;
    if (option->offset == FIELD(queues))
        words_add(&options->queues, argument);
    else if (option->argument != NULL) {
        free(*(char **)field);
        *(char **)field = text_copy(argument);
    } else
        *(bool *)field = true;
}

static bool
unknown(const char *word, struct problem *problem)
{
    char *key = text_copy_part(word + 2, strcspn(word + 2, "="));
    const char *near = setting_nearest(key);

    for (size_t i = 0; i < OPTIONS; i++)
        if (table[i].help
            && text_distance(table[i].name, key) <= strlen(key) / 3)
            near = table[i].name;
    problem_add(problem, STATUS_USAGE, near ? "there is no option --%s; did "
        "you mean --%s?" : "there is no option --%s; celery-tmux-launch "
        "--help lists them", key, near);
    free(key);
    return false;
}

/* --KEY=VALUE, --KEY VALUE, and --KEY alone for a switch. */
static bool
read_key(struct options *options, const char *word, char *const **next,
    struct problem *problem)
{
    size_t length = strcspn(word + 2, "=");
    char *key = text_copy_part(word + 2, length);
    char *place = text_format("--%s", key);
    enum setting_id id = setting_find(key);
    struct words written = {0};
    bool good = true;

    if (id == SETTING_COUNT)
        good = unknown(word, problem);
    else if (settings[id].file_only)
        good = problem_add(problem, STATUS_USAGE, "%s can only be set in a "
            "configuration file; choose workers by name or --queue", place);
    else if (word[2 + length] == '=')
        words_add(&written, word + 2 + length + 1);
    else if (settings[id].type == TYPE_SWITCH)
        words_add(&written, "true");
    else if (settings[id].type != TYPE_REFUSED && **next == NULL)
        good = problem_add(problem, STATUS_USAGE, "%s needs a value; write "
            "%s=VALUE", place, place);
    else if (settings[id].type != TYPE_REFUSED)
        words_add(&written, *(*next)++);
    else
        words_add(&written, "");
    good = good && layer_set(&options->layer, id, &written, place,
        STATUS_USAGE, true, problem);
    options->used |= id == SETTING_STATE_DIR ? ACCEPT_STATE_DIR
        : ACCEPT_SETTINGS & ~ACCEPT_STATE_DIR;
    words_clear(&written);
    free(place);
    free(key);
    return good;
}

static bool
needs_argument(const char *dashes, const char *name,
    const struct option *option, struct problem *problem)
{
    return problem_add(problem, STATUS_USAGE, "%s%s needs a value; write "
        "%s%s %s", dashes, name, dashes, name, option->argument);
}

static bool
read_long(struct options *options, const char *word, char *const **next,
    struct problem *problem)
{
    size_t length = strcspn(word + 2, "=");
    const struct option *option = find_option(word + 2, length);
    const char *value = word[2 + length] ? word + 2 + length + 1 : NULL;

    if (option == NULL)
        return read_key(options, word, next, problem);
    if (option->argument == NULL && value != NULL)
        return problem_add(problem, STATUS_USAGE, "--%s takes no value; "
            "leave out =%s", option->name, value);
    if (option->argument != NULL && value == NULL && (value = **next) != NULL)
        ++*next;
    if (option->argument != NULL && value == NULL)
        return needs_argument("--", option->name, option, problem);
    options_apply(options, option, value);
    return true;
}

/* Letters may share a dash, and a value may touch its letter. */
static bool
read_letters(struct options *options, const char *word, char *const **next,
    struct problem *problem)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const struct option *option = find_letter(*letter);
        const char *value = letter[1] ? letter + 1 : **next;
        char name[2] = { *letter, '\0' };

        if (option == NULL)
            return problem_add(problem, STATUS_USAGE, "there is no option "
                "-%c; celery-tmux-launch --help lists them", *letter);
        if (option->argument == NULL) {
            options_apply(options, option, NULL);
            continue;
        }
        if (value == NULL)
            return needs_argument("-", name, option, problem);
        *next += letter[1] == '\0';
        options_apply(options, option, value);
        break;
    }
    return true;
}

/*
 * Note the words from `first` up to `end`, which were one option or argument;
 * of "-vcFILE", where config was the last letter, note "-v".
 */
static void
options_note(struct words *noted, char *const *first, char *const *end,
    bool config)
{
    size_t letters = strcspn(*first, "c");

    if (!config)
        while (first < end)
            words_add(noted, *first++);
    else if ((*first)[1] != '-' && letters > 1)
        words_addf(noted, "%.*s", (int)letters, *first);
}

/* Options that another process is told in its own way, or not at all. */
static bool
is_for_here(const char *word)
{
    return strcmp(word, "--sync") == 0 || strcmp(word, "--no-sync") == 0
        || text_starts(word, "--head=");
}

bool
options_read(struct options *options, int count, char *const *word,
    struct problem *problem)
{
    char *const *next = word + (count > 0);
    bool good = true, only_words = false;

    while (good && *next != NULL) {
        char *const *first = next;
        char *config = options->config;
        const char *now = *next++;

        options->config = NULL;
        if (!only_words && strcmp(now, "--") == 0)
            only_words = true;
        else if (!only_words && text_starts(now, "--"))
            good = read_long(options, now, &next, problem);
        else if (!only_words && *now == '-' && now[1])
            good = read_letters(options, now, &next, problem);
        else if (options->command == NULL)
            options->command = text_copy(now);
        else
            words_add(&options->arguments, now);
        if (only_words || !is_for_here(now))
            options_note(&options->elsewhere, first, next,
                options->config != NULL);
        if (options->config == NULL)
            options->config = config;
        else
            free(config);
    }
    if (options->arguments.count > 0)
        options->used |= ACCEPT_WORKERS;
    return good;
}

/* It finds records, and takes from them all that a worker is to have. */
static bool
refuse_settings(const struct options *options, struct problem *problem)
{
    const char *place = NULL;

    for (int id = 0; id < SETTING_COUNT && place == NULL; id++)
        if (id != SETTING_STATE_DIR)
            place = options->layer.place[id];
    return problem_add(problem, STATUS_USAGE, "%s starts workers with the "
        "settings of their records, and of settings it takes --state-dir "
        "alone; leave out %s", options->command, place);
}

bool
options_check(const struct options *options, unsigned accepts,
    struct problem *problem)
{
    unsigned odd = options->used & ~accepts;

    if (accepts & ACCEPT_ARGUMENTS)
        odd &= ~(unsigned)ACCEPT_WORKERS;
    if (odd & ACCEPT_WORKERS)
        return problem_add(problem, STATUS_USAGE, "%s takes no worker; leave "
            "out %s", options->command, options->arguments.count
            ? options->arguments.word[0] : "--queue");
    if ((odd & ACCEPT_SETTINGS) && (accepts & ACCEPT_STATE_DIR))
        return refuse_settings(options, problem);
    if (odd & ACCEPT_SETTINGS)
        return problem_add(problem, STATUS_USAGE, "%s takes no settings; "
            "leave those options out", options->command);
    for (size_t i = 0; i < OPTIONS; i++)
        if (table[i].accept & odd)
            return problem_add(problem, STATUS_USAGE, "%s does not take --%s; "
                "leave it out", options->command, table[i].name);
    return true;
}

void
options_clear(struct options *options)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (table[i].argument && table[i].offset != FIELD(queues))
            free(*(char **)((char *)options + table[i].offset));
    free(options->command);
    words_clear(&options->arguments);
    words_clear(&options->queues);
    words_clear(&options->elsewhere);
    layer_clear(&options->layer);
    *options = (struct options){0};
}
