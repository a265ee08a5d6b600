/*
 * celerycmd.c - rcmd/celery, a pdsh module that runs celery-tmux-launch on
 * many nodes with the head's configuration.
 *
 * For our own command the launcher on the head is asked once what the nodes
 * need (plan.h); each node then gets that through one ssh.  Every other
 * command, interactive pdsh and pdcp go as with -R ssh, by pdsh's own means.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/problem.h"
#include "base/text.h"
#include "launcher-command.h"
#include "pdsh-plugin.h"
#include "plan.h"
#include "quick.h"
#include "remote.h"
#include "report.h"
#include "ship.h"
#include "ssh-words.h"
#include "summary.h"

/* One target, from connect to disconnect. */
struct connection {
    struct pipecmd *passed;     /* NULL: it is a command of ours */
    struct ship *ship;          /* NULL: the node has the program */
    pid_t pid;
    char *host;
    int rank;                   /* among the targets */
};

static struct words ssh_common; /* the same for all targets */
static struct words command;    /* ours; empty when it is another one */
static struct plan plan;
static struct words wanted_workers;     /* each -W */

static const char *
ssh_program(void)
{
    const char *named = getenv("PDSH_CELERY_RSH");

    return named && *named ? named : "ssh";
}

static _Noreturn void
refuse(int status)
{
    fflush(stdout);
    _exit(status);
}

static const struct pdsh_options *
known_options(const struct pdsh_opt *opt)
{
    const struct pdsh_options *options = plugin_options(opt);

    if (options != NULL)
        return options;
    err("%p: celery: this module fits pdsh from 2.31 on as they are known, "
        "and not %s; use -R ssh, or a celery-tmux that knows it\n",
        pdsh_version);
    refuse(STATUS_UNAVAILABLE);
}

static void
find_launcher(void)
{
    if (!launcher_command(&command))
        refuse(STATUS_USAGE);
}

/*
 * ---- hooks ---------------------------------------------------------------
 */

static int
set_worker(struct pdsh_opt *opt, int letter, char *argument)
{
    (void)opt;
    (void)letter;
    words_add(&wanted_workers, argument);
    return 0;
}

static struct hostlist *
targets(struct pdsh_opt *opt)
{
    const struct pdsh_options *options;
    struct hostlist *list;
    char *nodes = NULL;
    int status;

    if (wanted_workers.count == 0)
        return NULL;
    options = known_options(opt);
    if (options->targets != NULL) {
        err("%p: celery: -W gives the nodes of a worker; leave out -w, or "
            "-W\n");
        refuse(STATUS_USAGE);
    }
    find_launcher();
    if (command.count == 0)
        words_add(&command, "celery-tmux-launch");
    for (size_t i = 0; i < wanted_workers.count; i++) {
        char *more = plan_nodes(&command, wanted_workers.word[i], &status);

        if (more == NULL)
            refuse(status);
        text_append(&nodes, "%s%s", i ? "," : "", more);
        free(more);
    }
    list = hostlist_create(nodes);
    if (wanted_workers.count > 1)
        hostlist_uniq(list);
    free(nodes);
    return list;
}

static int
options_done(struct pdsh_opt *opt)
{
    const struct pdsh_options *options = plugin_options(opt);

    if (options != NULL) {
        quick_words(&ssh_common);
        ssh_words_common(options, &ssh_common);
    }
    return 0;
}

/* pdsh was interrupted, or gave up; its own status is 1 then. */
static void
leave_early(void)
{
    summary_leave(report_status() > 1 ? report_status() : 1);
}

/* Before the first target.  What pdsh would do with a result is nothing. */
static int
run_start(struct pdsh_opt *opt)
{
    const struct pdsh_options *options = known_options(opt);
    const char *place;
    int status;

    if (geteuid() == 0 && getuid() != 0 && setuid(getuid()) != 0)
        refuse(STATUS_PERMISSION);
    /* Names are ssh's business: pdsh would end the whole run for one. */
    rcmd_opt_set(RCMD_RESOLVE_HOSTS, 0);
    find_launcher();
    if (command.count == 0)
        return 0;
    if (!ship_place(options->fanout, &place) || !quick_check())
        refuse(STATUS_USAGE);
    if (!summary_check(&status)
        || !plan_make(&command, place != NULL, &plan, &status))
        refuse(status);
    report_targets(options->targets);
    atexit(leave_early);
    return 0;
}

static int
pass_through(const char *host, const char *user, const char *line, int rank,
    struct words *words, int *error, struct connection *connection)
{
    const char **argv = pdsh_remote_argv();

    if (pdsh_personality() == PERSONALITY_PDCP || argv == NULL
        || *argv == NULL)
        words_add(words, line);
    else
        while (*argv != NULL)
            words_add(words, *argv++);
    connection->passed = pipecmd(ssh_program(), (const char **)words->word,
        host, user, rank);
    if (connection->passed == NULL)
        return -1;
    *error = pipecmd_stderrfd(connection->passed);
    return pipecmd_stdoutfd(connection->passed);
}

static int
run_target(const char *host, const char *user, int rank,
    const struct words *ssh, int *error, struct connection *connection)
{
    char *program = text_quote(command.word[0]), *node = text_quote(host);
    char *arguments = text_format("--node=%s %s", node, plan.line);
    struct words words = {0};
    int output = -1;
    bool good;

    words_add(&words, ssh_program());
    for (size_t i = 0; i < ssh->count; i++) {
        char *word = ssh_words_fill(ssh->word[i], host, user, rank);

        words_add(&words, word);
        free(word);
    }
    if (plan.script != NULL) {
        connection->ship = ship_start(&words, arguments, &plan, host, &output,
            error);
        good = connection->ship != NULL;
    } else {
        words_addf(&words, "%s %s", program, arguments);
        good = remote_start(&words, plan.config, &connection->pid, &output,
            error);
    }
    if (!good) {
        err("%p: %S: cannot start %s: %m\n", host, ssh_program());
        report_end(rank, STATUS_INTERNAL);
        output = -1;
    }
    words_clear(&words);
    free(arguments);
    free(program);
    free(node);
    return output;
}

static int
connect_target(char *host, char *address, char *local_user,
    char *remote_user, char *line, int rank, int *error, void **result)
{
    struct connection *connection;
    struct words words = {0};
    int output;

    (void)address;
    *result = NULL;
    /* ssh would take it for an option. */
    if (*host == '-') {
        err("%p: %S: no host's name begins with -\n", host);
        if (command.count > 0 && report_begin(rank, host))
            report_end(rank, STATUS_USAGE);
        return -1;
    }
    if (command.count > 0 && !report_begin(rank, host))
        return -1;
    connection = text_allocate(1, sizeof *connection);
    ssh_words_target(&ssh_common, strcmp(local_user, remote_user) != 0,
        &words);
    output = command.count > 0
        ? run_target(host, remote_user, rank, &words, error, connection)
        : pass_through(host, remote_user, line, rank, &words, error,
            connection);
    words_clear(&words);
    if (output < 0)
        free(connection);
    else {
        connection->host = text_copy(host);
        connection->rank = rank;
        *result = connection;
    }
    return output;
}

/* ssh passes no signal on; its own end is the best that can be had. */
static int
signal_target(int descriptor, void *target, int number)
{
    struct connection *connection = target;

    (void)descriptor;
    (void)number;
    if (connection == NULL)
        return -1;
    if (connection->passed == NULL)
        report_give_up(connection->rank);
    if (connection->ship != NULL)
        return ship_signal(connection->ship, SIGTERM);
    if (connection->passed == NULL)
        return kill(connection->pid, SIGTERM);
    return pipecmd_signal(connection->passed, SIGTERM);
}

static int
wait_for_target(struct connection *connection)
{
    int status = 0;

    if (connection->passed != NULL) {
        if (pipecmd_wait(connection->passed, &status) < 0)
            err("%p: %S: wait on ssh cmd: %m\n", connection->host);
        pipecmd_destroy(connection->passed);
        status = (status >> 8) & 0xff;
    } else {
        status = connection->ship != NULL ? ship_wait(connection->ship)
            : remote_wait(connection->pid);
        report_end(connection->rank, status);
    }
    free(connection->host);
    free(connection);
    return status;
}

/*
 * pdsh calls this once for each target that it came to.  Behind the last one
 * it frees what its watchdog (-u, -t) may be looking at in that moment, and
 * dies of SIGSEGV if so; that the summary takes its time makes it likely.
 * Nothing is left to be done there for a command of ours, so it ends here.
 */
static int
disconnect(void *target)
{
    int status = target != NULL ? wait_for_target(target) : 0;

    if (plan.line != NULL && report_release())
        summary_leave(report_status());
    return status;
}

/*
 * The end of pdsh where some targets were not come to, or are not known.  It
 * would exit with 0, or with what -S found.
 */
static int
unload(void)
{
    words_clear(&ssh_common);
    words_clear(&wanted_workers);
    words_clear(&command);
    if (plan.line == NULL)
        return 0;
    plan_clear(&plan);
    summary_leave(report_status());
}

/*
 * ---- what pdsh looks for -------------------------------------------------
 */

static struct pdsh_module_hooks hooks = {
    .unload = unload, .targets = targets, .options_done = options_done
};

static struct pdsh_rcmd_hooks rcmd = {
    .start = run_start, .signal = signal_target, .connect = connect_target,
    .disconnect = disconnect
};

static struct pdsh_module_option options[] = {
    { 'W', "worker", "target the nodes of this Celery worker",
      PERSONALITY_PDSH, set_worker },
    {0}
};

__attribute__((visibility("default"))) struct pdsh_module pdsh_module_info = {
    .type = "rcmd", .name = "celery", .author = "the celery-tmux developers",
    .help = "celery-tmux-launch with the configuration of this machine",
    .personality = PERSONALITY_PDSH | PERSONALITY_PDCP,
    .hooks = &hooks, .rcmd = &rcmd, .options = options
};
