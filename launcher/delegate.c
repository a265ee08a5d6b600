/*
 * delegate.c - starts this program as another user and serves it.
 *
 * The user could trace that process, so it has a session of its own: through
 * a terminal that it shares with root as its own one it could type into
 * root's shell (TIOCSTI).  Signals are handed on instead.
 */
#include "delegate.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "celery.h"
#include "clock.h"
#include "file.h"
#include "process.h"
#include "root.h"
#include "text.h"
#include "ward.h"

/*
 * Milliseconds: between two looks at a child that keeps quiet, and at one
 * that is about to end; what a tend may take beside its workers' own time.
 */
enum { LOOK = 100, LAST_LOOK = 5, TEND = 60000 };

static volatile pid_t child;

/* The user may have stopped it, which must not hold up root. */
static void
hand_on(int number)
{
    if (child > 0) {
        kill(child, number);
        kill(child, SIGCONT);
    }
}

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
find_owner(const struct account *account, struct process_owner *owner,
    struct problem *problem)
{
    const struct passwd *entry = getpwnam(account->user);

    if (entry == NULL)
        return problem_set(problem, STATUS_UNAVAILABLE, "user %s is gone",
            account->user);
    owner->user = entry->pw_uid;
    owner->group = entry->pw_gid;
    getgrouplist(account->user, owner->group, NULL, &owner->group_count);
    owner->groups = text_allocate(owner->group_count + 1,
        sizeof *owner->groups);
    getgrouplist(account->user, owner->group, owner->groups,
        &owner->group_count);
    return true;
}

static bool
make_words(const struct call *call, struct words *words,
    struct problem *problem)
{
    char *self = process_self(problem);

    if (self == NULL)
        return false;
    words_add(words, self);
    words_add(words, "--config=-");
    words_addf(words, "--for-root=%s", call->config.file
        ? call->config.file : "");
    if (call->options.sync)
        words_add(words, "--sync");
    words_add_all(words, &call->options.elsewhere);
    free(self);
    return true;
}

/*
 * Serve it until it ends; its status.  The user might keep its end of the
 * socket open elsewhere, so that alone does not tell.
 */
static int
serve(int descriptor, const struct workers *workers, long long deadline)
{
    struct pollfd one = { descriptor, POLLIN, 0 };
    int status, look = LOOK;
    pid_t got;

    while ((got = waitpid(child, &status, WNOHANG)) == 0) {
        if (poll(&one, 1, look) > 0
            && !root_serve(descriptor, child, workers)) {
            one.fd = -1;        /* it keeps quiet from now on */
            look = LAST_LOOK;
        }
        if (clock_left(deadline) == 0)
            kill(child, SIGKILL);
    }
    return got > 0 ? process_result(status) : STATUS_INTERNAL;
}

static int
start_and_serve(const struct words *words, struct process_setup *setup,
    const struct workers *workers, long long deadline,
    struct problem *problem)
{
    static const int numbers[] = {
        SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH
    };
    enum { COUNT = sizeof numbers / sizeof *numbers };
    struct sigaction action = { .sa_handler = hand_on }, old[COUNT];
    int ends[2], result = STATUS_INTERNAL;
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        problem_set(problem, STATUS_INTERNAL, "cannot make a socket: %s",
            strerror(errno));
        return result;
    }
    setup->extra = ends[1];
    child = 0;
    for (int i = 0; i < COUNT; i++) {
        sigaction(numbers[i], NULL, &old[i]);
        /* nohup's SIGHUP stays ignored. */
        if (old[i].sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    if (process_start(words, setup, &pid, problem)) {
        child = pid;
        close(ends[1]);
        result = serve(ends[0], workers, deadline);
        child = 0;
    } else
        close(ends[1]);
    close(ends[0]);
    for (int i = 0; i < COUNT; i++)
        sigaction(numbers[i], &old[i], NULL);
    return result;
}

/* It has ended, or is killed, at `deadline` (clock.h). */
static enum status
call_as(const struct call *call, const struct account *account,
    const struct workers *workers, long long deadline,
    struct problem *problem)
{
    const char *config = call->source.text ? call->source.text : "";
    struct words words = {0}, environment = {0};
    struct process_owner owner = {0};
    struct process_setup setup = {
        .environment = &environment, .directory = "/", .owner = &owner,
        .input = file_in_memory("celery-tmux.conf", config, strlen(config)),
        .new_session = true,
    };
    int result = STATUS_INTERNAL;

    if (setup.input < 0)
        problem_set(problem, STATUS_INTERNAL, "cannot keep the "
            "configuration for user %s: %s", account->user, strerror(errno));
    else if (find_owner(account, &owner, problem)
        && make_words(call, &words, problem)) {
        make_environment(account, &environment);
        result = start_and_serve(&words, &setup, workers, deadline,
            problem);
        if (result > 125)
            problem_set(problem, STATUS_AGAIN, "the call as user %s was ended "
                "by signal %d", account->user, result - 128);
    }
    if (setup.input >= 0)
        close(setup.input);
    words_clear(&environment);
    words_clear(&words);
    free(owner.groups);
    return result > 125 ? STATUS_AGAIN : result;
}

/* The chosen workers that are this user's, with this user's home. */
static bool
settle_for(const struct call *call, const struct account *account,
    struct workers *workers, struct problem *problem)
{
    struct call other = *call;
    struct problem again = {0};
    bool good;

    other.workers = (struct workers){0};
    other.node = account_node(account, call->options.node);
    other.node.anywhere = call->node.anywhere;
    good = call_settle(&other, &again);
    /* What is no mistake was said for root's own account already. */
    if (!good)
        problem_set(problem, again.status, "%s", again.text);
    problem_clear(&again);
    for (size_t i = 0; good && i < other.workers.count; i++) {
        const char *user = layer_text(&other.workers.worker[i].layer,
            SETTING_USER);

        if (user == NULL || strcmp(user, account->user) != 0)
            continue;
        workers->worker = text_reallocate(workers->worker,
            workers->count + 1, sizeof *workers->worker);
        workers->worker[workers->count++] = other.workers.worker[i];
        other.workers.worker[i] = (struct worker){0};
    }
    workers_clear(&other.workers);
    return good;
}

/* Are workers that the configuration does not have ended for good? */
static bool
ends_leftovers(const struct call *call)
{
    const struct options *options = &call->options;

    return (call->command->needs & ENDS_LEFTOVERS) && !options->dry_run
        && options->arguments.count == 0 && options->queues.count == 0
        && call->config.file != NULL;
}

static enum status
delegate_to(const struct call *call, const char *user,
    struct problem *problem)
{
    bool begins = call->command->needs & BEGINS_RUNS;
    struct account account = {0};
    struct workers workers = {0};
    enum status status = STATUS_DONE;
    char *state = call_state_directory(call);

    if (account_find(&account, user, problem)
        && settle_for(call, &account, &workers, problem)
        && (!begins || call->options.dry_run
            || wards_note(state, user, &workers, problem)))
        status = call_as(call, &account, &workers, LLONG_MAX, problem);
    if (status == STATUS_DONE && ends_leftovers(call))
        wards_forget(state, user, call->config.file, &workers);
    workers_clear(&workers);
    account_clear(&account);
    free(state);
    return status;
}

enum status
delegate(const struct call *call, struct problem *problem)
{
    enum status worst = STATUS_DONE;

    for (size_t i = 0; i < call->others.count; i++) {
        enum status status = delegate_to(call, call->others.word[i],
            problem);

        /* What has changed for one user has changed. */
        if (i > 0 && call->options.if_changed
            && worst <= STATUS_UNCHANGED && status <= STATUS_UNCHANGED)
            worst = worst < status ? worst : status;
        else
            worst = status_worse(worst, status);
    }
    return status_worse(worst, problem->status);
}

/* One user's trouble must not keep the others from being tended. */
static long long
tend_deadline(const struct workers *workers)
{
    long long deadline = clock_now() + TEND;

    for (size_t i = 0; i < workers->count; i++)
        deadline += 1000 * layer_number(&workers->worker[i].layer,
            SETTING_START_TIMEOUT);
    return deadline;
}

enum status
delegate_wards(const struct call *call, struct problem *problem)
{
    char *state = call_state_directory(call);
    enum status worst = STATUS_DONE;
    struct words users = {0};

    wards_users(state, &users);
    for (size_t i = 0; i < users.count; i++) {
        struct problem gone = {0};
        struct account account = {0};
        struct workers workers = {0};

        /* Whose account is gone has no workers either. */
        if (account_find(&account, users.word[i], &gone)
            && wards_read(state, &account, &workers, problem)
            && workers.count > 0)
            worst = status_worse(worst, call_as(call, &account, &workers,
                tend_deadline(&workers), problem));
        problem_clear(&gone);
        workers_clear(&workers);
        account_clear(&account);
    }
    words_clear(&users);
    free(state);
    return worst;
}
