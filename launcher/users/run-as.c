/*
 * run-as.c - which users root calls this program as, and what each is told
 * of root's configuration.
 */
#include "users/run-as.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/user-registry.h"
#include "system/spawn.h"
#include "users/relay.h"
#include "worker/celery.h"
#include "worker/inventory.h"

/*
 * Seconds that a call may take beside its workers' own time, and beside that
 * when it runs what may take any time: git and setup commands.
 */
enum { MARGIN = 10, TEND_MARGIN = 60, LONG_STEPS = 3600 };

/* Root's caller may have set anything; nothing of it is the user's. */
static void
make_environment(const struct account *account, struct words *environment)
{
    static const char *const kept[] = { "TERM", "NO_COLOR" };

    words_addf(environment, "HOME=%s", account->home);
    words_addf(environment, "USER=%s", account->user);
    words_addf(environment, "LOGNAME=%s", account->user);
    words_addf(environment, "SHELL=%s", account->shell);
    words_add(environment, "PATH=" CELERY_PATH);
    words_add(environment, "LANG=C.UTF-8");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (getenv(kept[i]) != NULL)
            words_addf(environment, "%s=%s", kept[i], getenv(kept[i]));
}

static bool
make_words(const struct context *context, struct words *words,
    struct problem *problem)
{
    const char *origin = configuration_origin(&context->config);

    if (!spawn_self_words(words, "--config=-", NULL, problem))
        return false;
    words_addf(words, "--for-root=%s", origin ? origin : "");
    if (context->options.sync)
        words_add(words, "--sync");
    words_add_all(words, &context->options.elsewhere);
    return true;
}

static enum status
call_as(const struct context *context, const struct account *account,
    const struct workers *workers, const char *config, long long limit,
    struct problem *problem)
{
    struct words words = {0}, environment = {0};
    struct credentials owner = {0};
    struct relay relay = {
        .user = account->user, .words = &words, .environment = &environment,
        .owner = &owner, .input = config, .workers = workers, .limit = limit,
        .to_errors = context->command->needs & IS_OBEYED,
    };
    enum status status = STATUS_INTERNAL;

    if (credentials_find(&owner, account->user, problem)
        && make_words(context, &words, problem)) {
        make_environment(account, &environment);
        status = relay_run(&relay, problem);
    }
    words_clear(&environment);
    words_clear(&words);
    credentials_clear(&owner);
    return status;
}

/* Are workers that the configuration does not have ended for good? */
static bool
ends_leftovers(const struct context *context)
{
    const struct options *options = &context->options;

    return (context->command->needs & ENDS_LEFTOVERS) && !options->dry_run
        && options->arguments.count == 0 && options->queues.count == 0
        && context->config.file != NULL;
}

/*
 * Seconds: once for whoever works on them just now, and once for us, who may
 * try the new ones for as long as a start may take.
 */
static long long
time_of(const struct workers *workers)
{
    long long seconds = 0;

    for (size_t i = 0; i < workers->count; i++)
        seconds += 3 * layer_number(&workers->worker[i].layer,
                SETTING_START_TIMEOUT)
            + 2 * layer_number(&workers->worker[i].layer,
                SETTING_STOP_TIMEOUT);
    return seconds;
}

/* Milliseconds that it may take; LLONG_MAX: until root has enough of it. */
static long long
limit_of(const struct context *context, const char *state,
    const struct account *account, const struct workers *workers)
{
    const struct options *options = &context->options;
    long long seconds = MARGIN + time_of(workers);
    struct problem ignored = {0};
    struct workers wards = {0};

    if (options->follow || options->until != NULL)
        return LLONG_MAX;
    if (options->sync || options->setup
        || (context->command->needs & LASTS_LONG))
        seconds += LONG_STEPS;
    /* Those that cannot be read are tend's to tell. */
    if (ends_leftovers(context))
        user_registry_read(state, account, REGISTRY_SILENT, &wards, &ignored);
    seconds += time_of(&wards);
    workers_clear(&wards);
    problem_clear(&ignored);
    return 1000 * seconds;
}

/* A worker that one node alone has says so, for `check`. */
static void
add_only_host(const struct context *context, struct worker *worker)
{
    char *name = inventory_configured_name(&context->config, worker->name);
    struct problem ignored = {0};
    struct words nodes = {0};

    inventory_worker_nodes(&context->config, name, &nodes, &ignored);
    if (nodes.count == 1)
        layer_replace(&worker->layer, SETTING_HOSTS, nodes.word[0]);
    words_clear(&nodes);
    problem_clear(&ignored);
    free(name);
}

/*
 * The workers as they are resolved, so that nothing is told of what other
 * users' workers are given, and where `apply` finds what is configured no
 * longer.  NULL with a sentence.
 */
static char *
config_for(const struct context *context, struct workers *workers,
    struct problem *problem)
{
    char *state = context_default_state(context, problem), *text;
    struct layer defaults = {0};

    if (state == NULL)
        return NULL;
    layer_replace(&defaults, SETTING_STATE_DIR, state);
    for (size_t i = 0; i < workers->count; i++)
        add_only_host(context, &workers->worker[i]);
    text = workers_to_text(workers, &defaults);
    for (size_t i = 0; i < workers->count; i++)
        words_clear(&workers->worker[i].layer.value[SETTING_HOSTS]);
    layer_clear(&defaults);
    free(state);
    return text;
}

/*
 * The chosen workers that are this user's, with this user's home, and the
 * configuration with them alone.
 */
static bool
resolve_for(const struct context *context, const struct account *account,
    struct workers *workers, char **config, struct problem *problem)
{
    struct context other = *context;
    struct problem again = {0};
    bool good;

    other.workers = (struct workers){0};
    other.node = account_node(account, context->options.node);
    other.node.anywhere = context->node.anywhere;
    good = context_resolve(&other, &again);
    /*
     * Sentences that are no mistakes were told for root's own account already.
     */
    if (!good)
        problem_add(problem, again.status, "%s", again.text);
    problem_clear(&again);
    for (size_t i = 0; good && i < other.workers.count; i++) {
        if (account_is(account, layer_text(&other.workers.worker[i].layer,
            SETTING_USER)))
            workers_add(workers, &other.workers.worker[i]);
    }
    workers_clear(&other.workers);
    *config = good ? config_for(&other, workers, problem) : NULL;
    return *config != NULL;
}

/* A terminal is nothing that root could share with somebody else. */
static bool
refuse_terminal(const struct workers *workers, const char *user,
    struct problem *problem)
{
    for (size_t i = 0; i < workers->count; i++) {
        const struct worker *worker = &workers->worker[i];
        const char *socket = layer_text(&worker->layer, SETTING_TMUX_SOCKET);
        struct words words = {0};
        char *line, *quoted;

        words_add(&words, "tmux");
        if (socket != NULL) {
            words_add(&words, "-S");
            words_add(&words, socket);
        }
        words_add(&words, "attach");
        words_add(&words, "-rt");
        words_addf(&words, "=%s:", worker->session);
        line = words_to_shell(&words);
        quoted = text_quote(line);
        problem_add(problem, STATUS_PERMISSION, "%s belongs to user %s, who "
            "does not get root's terminal; use su --pty - %s -c %s, or logs",
            worker->name,
            user, user, quoted);
        free(quoted);
        free(line);
        words_clear(&words);
    }
    return workers->count == 0;
}

static enum status
delegate_to(const struct context *context, const char *user,
    struct problem *problem)
{
    bool begins = context->command->needs & BEGINS_RUNS;
    struct account account = {0};
    struct workers workers = {0};
    enum status status = STATUS_DONE;
    char *state = context_state_directory(context), *config = NULL;

    if (account_find(&account, user, problem)
        && resolve_for(context, &account, &workers, &config, problem)
        && (!(context->command->needs & NEEDS_TERMINAL)
            || refuse_terminal(&workers, user, problem))
        && (!begins || context->options.dry_run
            || user_registry_note(state, user, &workers, problem)))
        status = call_as(context, &account, &workers, config,
            limit_of(context, state, &account, &workers), problem);
    if (status == STATUS_DONE && ends_leftovers(context))
        user_registry_keep(state, user,
            configuration_origin(&context->config), &workers);
    if (status == STATUS_DONE && (context->command->needs & ENDS_RUNS)
        && !context->options.dry_run)
        user_registry_forget(state, user, &workers);
    workers_clear(&workers);
    account_clear(&account);
    free(config);
    free(state);
    return status;
}

/* A change for one user is a change. */
static enum status
status_of_both(const struct context *context, enum status one,
    enum status other)
{
    if (context->options.if_changed && one <= STATUS_UNCHANGED
        && other <= STATUS_UNCHANGED)
        return one < other ? one : other;
    return status_worse(one, other);
}

enum status
run_as(const struct context *context, enum status own,
    struct problem *problem)
{
    enum status worst = own;

    for (size_t i = 0; i < context->others.count; i++)
        worst = status_of_both(context, worst,
            delegate_to(context, context->others.word[i], problem));
    return status_worse(worst, problem->status);
}

/* One user's trouble must not keep the others from being tended. */
static long long
tend_limit(const struct workers *workers)
{
    long long seconds = TEND_MARGIN;

    for (size_t i = 0; i < workers->count; i++)
        seconds += layer_number(&workers->worker[i].layer,
            SETTING_START_TIMEOUT);
    return 1000 * seconds;
}

enum status
run_as_registered(const struct context *context, struct problem *problem)
{
    enum user_registry_tell tell = context->options.dry_run
        ? REGISTRY_ALWAYS : REGISTRY_SELDOM;
    char *state = context_state_directory(context);
    enum status worst = STATUS_DONE;
    struct words users = {0};

    user_registry_users(state, &users);
    for (size_t i = 0; i < users.count; i++) {
        struct problem gone = {0};
        struct account account = {0};
        struct workers workers = {0};

        /* An account that is gone has no workers either. */
        if (account_find(&account, users.word[i], &gone)
            && user_registry_read(state, &account, tell, &workers, problem))
            worst = status_worse(worst, call_as(context, &account, &workers,
                "", tend_limit(&workers), problem));
        problem_clear(&gone);
        workers_clear(&workers);
        account_clear(&account);
    }
    words_clear(&users);
    free(state);
    return worst;
}
