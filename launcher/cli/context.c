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

/* Move the workers that are `wanted` to `chosen`, in configuration order. */
static void
choose(struct workers *all, const bool *wanted, struct workers *chosen)
{
    for (size_t i = 0; i < all->count; i++) {
        if (!wanted[i]) {
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
    problem_set(problem, STATUS_USAGE, "there is no worker %s on this node; "
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
choose_name(const struct call *call, const struct workers *all,
    const char *name, bool *wanted, struct problem *problem)
{
    size_t length = strlen(name);
    bool found = false;

    for (size_t i = 0; i < all->count; i++) {
        const char *other = all->worker[i].name;

        if (strcmp(other, name) == 0 || (strncmp(other, name, length) == 0
            && other[length] == '+'
            && other[length + 1 + strspn(other + length + 1, "0123456789")]
                == '\0')) {
            wanted[i] = true;
            found = true;
        }
    }
    if (!found && !site_has_worker(&call->config, name))
        return unknown_worker(all, name, problem);
    if (!found)
        problem_set(problem, STATUS_DONE, "%s does not belong on %s; nothing "
            "to do", name, call->node.name);
    return true;
}

/* The queues asked for that no worker has. */
static void
missing_queues(const struct call *call, const struct workers *all,
    struct words *missing)
{
    const struct words *queues = &call->options.queues;

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
choose_workers(struct call *call, struct workers *all,
    struct problem *problem)
{
    const struct words *names = &call->options.arguments;
    const struct words *queues = &call->options.queues;
    struct words missing = {0};
    bool *wanted, good = true;
    size_t configured = all->count;

    /* Root has chosen them for us. */
    if (call->options.for_root != NULL) {
        call->workers = *all;
        *all = (struct workers){0};
        return true;
    }
    missing_queues(call, all, &missing);
    for (size_t i = 0; good && i < missing.count; i++)
        good = workers_add_queue(&call->config, &call->options.layer,
            &call->node, missing.word[i], all, problem);
    wanted = text_allocate(all->count, sizeof *wanted);
    for (size_t i = 0; i < all->count; i++)
        wanted[i] = i >= configured
            || words_contain(queues, all->worker[i].queue)
            || (names->count == 0 && queues->count == 0);
    for (size_t i = 0; good && i < names->count; i++)
        good = choose_name(call, all, names->word[i], wanted, problem);
    if (good)
        choose(all, wanted, &call->workers);
    free(wanted);
    words_clear(&missing);
    return good;
}

static void
add_other(struct call *call, const char *user)
{
    char *name = account_name(user);

    if (!words_contain(&call->others, name))
        words_add(&call->others, name);
    free(name);
}

/*
 * Another user's worker is that user's business, or root's.  A call by root
 * as some user leaves the others' to the calls that root makes for them.
 */
static bool
is_own(struct call *call, const struct worker *worker,
    struct problem *problem)
{
    const char *user = layer_text(&worker->layer, SETTING_USER);

    if (user == NULL)
        return call->options.for_root == NULL;
    if (account_is(&call->account, user))
        return true;
    if (call->options.for_root != NULL)
        return false;
    if (geteuid() != 0)
        problem_set(problem, STATUS_PERMISSION, "%s belongs to user %s and "
            "you are %s; call as root, or sudo -u %s celery-tmux-launch %s "
            "%s", worker->name, user, call->account.user, user,
            call->command->name, worker->name);
    else
        add_other(call, user);
    return false;
}

static void
leave_to_others(struct call *call, struct problem *problem)
{
    struct workers all = call->workers;
    bool *own = text_allocate(all.count, sizeof *own);

    for (size_t i = 0; i < all.count; i++)
        own[i] = is_own(call, &all.worker[i], problem);
    call->workers = (struct workers){0};
    choose(&all, own, &call->workers);
    free(own);
}

bool
call_configure(struct call *call, struct problem *problem)
{
    const char *known = call->options.for_root;
    char *file = configuration_find(call->options.config, call->node.home);
    char *name = known ? text_copy(known) : file && strcmp(file, "-") != 0
        ? file_absolute(file) : text_copy("-");
    bool good = file == NULL || (source_read(&call->source, file, problem)
        && configuration_read_source(&call->config, name, &call->source,
            problem));

    /* Root had no file, and the standard input was empty. */
    if (known != NULL && *known == '\0') {
        free(call->config.file);
        call->config.file = NULL;
    }
    free(name);
    free(file);
    return good;
}

bool
call_settle(struct call *call, struct problem *problem)
{
    struct workers all = {0};
    bool good;

    workers_clear(&call->workers);
    good = workers_settle(&call->config, &call->options.layer, &call->node,
            &all, problem)
        && choose_workers(call, &all, problem);
    workers_clear(&all);
    return good;
}

bool
call_choose(struct call *call, struct problem *problem)
{
    if (!call_settle(call, problem))
        return false;
    leave_to_others(call, problem);
    return true;
}

/* A call that does nothing says why, unless it was asked about names. */
static void
say_if_none(const struct call *call, struct problem *problem)
{
    const char *file = call->config.file;

    if (call->workers.count == 0 && call->others.count == 0
        && call->options.arguments.count == 0
        && call->options.for_root == NULL && problem->text == NULL
        && !(call->command->needs & ACTS_ANYWAY))
        problem_set(problem, STATUS_DONE, "no worker of %s belongs on %s; "
            "nothing to do", file && strcmp(file, "-") != 0 ? file
            : "the configuration", call->node.name);
}

bool
call_prepare(struct call *call, struct problem *problem)
{
    if (!call_configure(call, problem) || !call_choose(call, problem))
        return false;
    say_if_none(call, problem);
    return true;
}

bool
call_sync(const struct call *call, FILE *output, bool *changed,
    struct problem *problem)
{
    struct sync sync = {
        output, call->options.dry_run, call->options.if_changed
    };
    bool ignored;

    return sync_run(&sync, &call->workers, &call->account,
        changed ? changed : &ignored, problem);
}

char *
call_state_directory(const struct call *call)
{
    const char *set = layer_text(&call->options.layer, SETTING_STATE_DIR);

    if (set == NULL || *set == '\0')
        set = settings[SETTING_STATE_DIR].standard;
    return *set == '~' ? text_format("%s%s", call->node.home, set + 1)
        : text_copy(set);
}

char *
call_default_state(const struct call *call, struct problem *problem)
{
    struct workers one = {0};
    char *state = NULL;

    if (workers_add_queue(&call->config, &call->options.layer, &call->node,
        "celery", &one, problem))
        state = text_copy(layer_text(&one.worker[0].layer,
            SETTING_STATE_DIR));
    workers_clear(&one);
    return state;
}

void
call_clear(struct call *call)
{
    options_clear(&call->options);
    account_clear(&call->account);
    configuration_clear(&call->config);
    source_clear(&call->source);
    workers_clear(&call->workers);
    words_clear(&call->others);
    *call = (struct call){0};
}
