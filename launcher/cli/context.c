/*
 * context.c - reads the configuration for one call of the program and chooses
 * the workers it is about.
 */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/trust.h"
#include "record/record.h"
#include "sync/sync.h"
#include "worker/inventory.h"
#include "worker/paths.h"

/* Move the workers that are `wanted` to `chosen`, in configuration order. */
static void
choose(struct workers *all, const bool *desired, struct workers *chosen)
{
    for (size_t i = 0; i < all->count; i++) {
        if (!desired[i]) {
            worker_clear(&all->worker[i]);
            continue;
        }
        chosen->worker = text_reallocate(chosen->worker, chosen->count + 1,
            sizeof *chosen->worker);
        chosen->worker[chosen->count++] = all->worker[i];
    }
    free(all->worker);
    *all = (struct workers){0};
}

static bool
unknown_worker(const struct workers *all, const char *name,
    struct problem *problem)
{
    char *known = NULL;

    for (size_t i = 0; i < all->count && i < 20; i++)
        text_append(&known, "%s%s", i ? ", " : "", all->worker[i].name);
    problem_add(problem, STATUS_USAGE, "there is no worker %s on this node; "
        "there %s%s", name, !known ? "is none at all" : all->count == 1
        ? "is " : "are ", known ? known : "");
    free(known);
    return false;
}

/*
 * By name, NAME alone standing for all of its instances.  That a worker
 * belongs on other nodes is no mistake: the same words go to many nodes.
 */
static bool
choose_name(const struct context *context, const struct workers *all,
    const char *name, bool *desired, struct problem *problem)
{
    size_t length = strlen(name);
    bool found = false;

    for (size_t i = 0; i < all->count; i++) {
        const char *other = all->worker[i].name;

        if (strcmp(other, name) == 0 || (strncmp(other, name, length) == 0
            && other[length] == '+'
            && other[length + 1 + strspn(other + length + 1, "0123456789")]
                == '\0')) {
            desired[i] = true;
            found = true;
        }
    }
    if (!found && !inventory_has_worker(&context->config, name))
        return unknown_worker(all, name, problem);
    if (!found)
        problem_add(problem, STATUS_DONE, "%s does not belong on %s; nothing "
            "to do", name, context->node.name);
    return true;
}

/* The queues asked for that no worker has. */
static void
missing_queues(const struct context *context, const struct workers *all,
    struct words *missing)
{
    const struct words *queues = &context->options.queues;

    for (size_t i = 0; i < queues->count; i++) {
        bool found = words_contain(missing, queues->word[i]);

        for (size_t j = 0; j < all->count; j++)
            found = found || strcmp(all->worker[j].queue, queues->word[i])
                == 0;
        if (!found)
            words_add(missing, queues->word[i]);
    }
}

static bool
choose_workers(struct context *context, struct workers *all,
    struct problem *problem)
{
    const struct words *names = &context->options.arguments;
    const struct words *queues = &context->options.queues;
    struct words missing = {0};
    bool *desired, good = true;
    size_t configured = all->count;

    /* Root has chosen them for us. */
    if (context->options.for_root != NULL) {
        context->workers = *all;
        *all = (struct workers){0};
        return true;
    }
    missing_queues(context, all, &missing);
    for (size_t i = 0; good && i < missing.count; i++)
        good = workers_add_queue(&context->config, &context->options.layer,
            &context->node, missing.word[i], all, problem);
    desired = text_allocate(all->count, sizeof *desired);
    for (size_t i = 0; i < all->count; i++)
        desired[i] = i >= configured
            || words_contain(queues, all->worker[i].queue)
            || (names->count == 0 && queues->count == 0);
    for (size_t i = 0; good && i < names->count; i++)
        good = choose_name(context, all, names->word[i], desired, problem);
    if (good)
        choose(all, desired, &context->workers);
    free(desired);
    words_clear(&missing);
    return good;
}

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
    if (geteuid() != 0)
        problem_add(problem, STATUS_PERMISSION, "%s belongs to user %s and "
            "you are %s; call as root, or sudo -u %s celery-tmux-launch %s "
            "%s", worker->name, user, context->account.user, user,
            context->command->name, worker->name);
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
    choose(&all, own, &context->workers);
    free(own);
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
        && configuration_read_source(&context->config, name, &context->source,
            problem));

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
        && choose_workers(context, &all, problem);
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

bool
context_prepare(struct context *context, struct problem *problem)
{
    if (!context_configure(context, problem)
        || !context_choose(context, problem))
        return false;
    say_if_none(context, problem);
    return true;
}

bool
context_sync(const struct context *context, FILE *output, bool *changed,
    struct problem *problem)
{
    struct sync sync = {
        output, context->options.dry_run, context->options.if_changed
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
