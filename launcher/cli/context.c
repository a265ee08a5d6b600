/*
 * context.c - reads the configuration for one call of the program and chooses
 * the workers it is about.
 */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/trust.h"
#include "record/record.h"
#include "sync/sync.h"
#include "worker/inventory.h"
#include "worker/paths.h"

static void
add_other(struct context *context, const char *user)
{
    char *name = account_name(user);

    if (!words_contain(&context->others, name))
        words_add(&context->others, name);
    free(name);
}

static bool
is_own(const struct context *context, const struct worker *worker)
{
    const char *user = layer_text(&worker->layer, SETTING_USER);

    return user ? account_is(&context->account, user)
        : context->options.for_root == NULL;
}

/* Would root, or that user, read this configuration if it were named? */
static bool
is_for_others(const char *file)
{
    struct stat status;

    return stat(file, &status) != 0 || status.st_uid != geteuid();
}

/* A call that would be the same, of a user who does not find our files. */
static void
refuse_others(const struct context *context, const struct worker *worker,
    struct problem *problem)
{
    const char *user = layer_text(&worker->layer, SETTING_USER);
    const char *file = context->config.file;
    bool named = file != NULL && strcmp(file, "-") != 0
        && strcmp(file, CONFIGURATION_OF_ALL) != 0;
    bool fine = !named || is_for_others(file);
    struct words words = {0};
    char *line;

    words_add_list(&words, "sudo", "-u", user, "celery-tmux-launch", NULL);
    if (named && fine)
        words_addf(&words, "--config=%s", file);
    words_add_list(&words, context->command->name, worker->name, NULL);
    line = words_to_shell(&words);
    problem_add(problem, STATUS_PERMISSION, "%s belongs to user %s and you "
        "are %s; %s%s%suse root, or %s", worker->name, user,
        context->account.user, fine ? "" : "have root move ",
        fine ? "" : file, fine ? "" : " to " CONFIGURATION_OF_ALL ", then ",
        line);
    free(line);
    words_clear(&words);
}

/*
 * Another user's worker is that user's business, or root's.  A call by root
 * as some user leaves the others' to the calls that root makes for them.
 */
static void
leave_to_other(struct context *context, const struct worker *worker,
    struct problem *problem)
{
    const char *user = layer_text(&worker->layer, SETTING_USER);

    if (context->options.for_root != NULL)
        return;
    if (context->options.prom && geteuid() == 0)
        problem_add(problem, STATUS_DONE, "%s belongs to user %s; give that "
            "user's workers a file of their own: sudo -u %s celery-tmux-launch "
            "status --prom", worker->name, user, user);
    else if (geteuid() != 0)
        refuse_others(context, worker, problem);
    else
        add_other(context, user);
}

static void
leave_to_others(struct context *context, struct problem *problem)
{
    struct workers all = context->workers;
    bool *own = text_allocate(all.count, sizeof *own);

    for (size_t i = 0; i < all.count; i++) {
        own[i] = is_own(context, &all.worker[i]);
        if (!own[i])
            leave_to_other(context, &all.worker[i], problem);
    }
    context->workers = (struct workers){0};
    workers_take(&all, own, &context->workers);
    free(own);
}

/*
 * A pipe whose writer failed says nothing, and nothing would mean a worker of
 * the defaults.  Of a part of what was sent, workers in the rest would be no
 * longer configured.
 */
static bool
source_is_there(const struct context *context, const char *file,
    struct problem *problem)
{
    const char *text = context->source.text;

    if (strcmp(file, "-") != 0 || context->options.for_root != NULL)
        return true;
    if (*text == '\0')
        return problem_add(problem, STATUS_CONFIG, "standard input is empty "
            "and --config=- reads the configuration from it; see what the "
            "command before it has printed");
    return !text_starts(text, SOURCE_BEGIN) || text_ends(text, SOURCE_END)
        || problem_add(problem, STATUS_CONFIG, "the configuration on standard "
            "input was cut off on its way; see what the command before it "
            "has printed, and try again");
}

/* What the head calls it; NULL: nobody says. */
static char *
origin_of(const char *text)
{
    const char *name = text + strlen(SOURCE_BEGIN), *end;

    if (!text_starts(text, SOURCE_BEGIN)
        || (end = strstr(name, SOURCE_BEGUN)) == NULL || *name != '/')
        return NULL;
    return text_format("-:%.*s", (int)(end - name), name);
}

bool
context_configure(struct context *context, struct problem *problem)
{
    const char *known = context->options.for_root;
    char *file = configuration_find(context->options.config,
        context->node.home);
    char *name = known ? text_copy(known) : file && strcmp(file, "-") != 0
        ? file_absolute(file) : text_copy("-");
    bool good = file == NULL || (source_read(&context->source, file, problem)
        && source_is_there(context, file, problem)
        && configuration_read_source(&context->config, name, &context->source,
            problem));

    if (good && known == NULL && file != NULL && strcmp(file, "-") == 0)
        context->config.origin = origin_of(context->source.text);
    /* Root had no file, and the standard input was empty. */
    if (known != NULL && *known == '\0') {
        free(context->config.file);
        context->config.file = NULL;
    }
    free(name);
    free(file);
    return good;
}

bool
context_resolve(struct context *context, struct problem *problem)
{
    struct workers all = {0};
    bool good;

    workers_clear(&context->workers);
    good = workers_resolve(&context->config, &context->options.layer,
               &context->node, &all, problem)
        && context_pick(context, &all, problem);
    workers_clear(&all);
    return good;
}

bool
context_choose(struct context *context, struct problem *problem)
{
    if (!context_resolve(context, problem))
        return false;
    leave_to_others(context, problem);
    return true;
}

/* A call that does nothing says why, unless it was asked about names. */
static void
say_if_none(const struct context *context, struct problem *problem)
{
    const char *file = context->config.file;

    if (context->workers.count == 0 && context->others.count == 0
        && context->options.arguments.count == 0
        && context->options.for_root == NULL && problem->text == NULL
        && !(context->command->needs & ACTS_ANYWAY))
        problem_add(problem, STATUS_DONE, "no worker of %s belongs on %s; "
            "nothing to do", file && strcmp(file, "-") != 0 ? file
            : "the configuration", context->node.name);
}

/* Root calls for one user after the other, and this call would not end. */
static bool
can_follow(const struct context *context, struct problem *problem)
{
    size_t users = context->others.count + (context->workers.count > 0);

    return !context->options.follow || !context->options.json || users <= 1
        || problem_add(problem, STATUS_USAGE, "status follows the workers of "
            "one user; call it as that user, or leave --follow out");
}

bool
context_prepare(struct context *context, struct problem *problem)
{
    if (!context_configure(context, problem)
        || !context_choose(context, problem)
        || !context_add_recorded(context, problem)
        || !can_follow(context, problem))
        return false;
    say_if_none(context, problem);
    return true;
}

bool
context_sync(const struct context *context, FILE *output, bool *changed,
    struct problem *problem)
{
    struct sync sync = {
        output, context->options.dry_run, context->options.if_changed,
        context->others.count > 0
    };
    bool ignored;

    return sync_run(&sync, &context->workers, &context->account,
        changed ? changed : &ignored, problem);
}

char *
context_state_directory(const struct context *context)
{
    const char *set = layer_text(&context->options.layer, SETTING_STATE_DIR);

    if (set == NULL || *set == '\0')
        set = settings[SETTING_STATE_DIR].standard;
    return path_at_home(set, context->node.home);
}

char *
context_default_state(const struct context *context, struct problem *problem)
{
    struct workers one = {0};
    char *state = NULL;

    if (workers_add_queue(&context->config, &context->options.layer,
            &context->node, "celery", &one, problem))
        state = text_copy(layer_text(&one.worker[0].layer,
            SETTING_STATE_DIR));
    workers_clear(&one);
    return state;
}

void
context_clear(struct context *context)
{
    options_clear(&context->options);
    account_clear(&context->account);
    configuration_clear(&context->config);
    source_clear(&context->source);
    workers_clear(&context->workers);
    words_clear(&context->others);
    *context = (struct context){0};
}
