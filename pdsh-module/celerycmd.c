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
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/problem.h"
#include "base/text.h"
#include "connection.h"
#include "launcher-command.h"
#include "pdsh-plugin.h"
#include "plan.h"
#include "quick.h"
#include "report.h"
#include "ship.h"
#include "ssh-words.h"
#include "summary.h"

enum { OTHERS = 64 };           /* descriptors of pdsh's own, at most */

static struct fan_out fan_out;
static struct words wanted_workers;     /* each -W */

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
    if (!launcher_command(&fan_out.command))
        refuse(STATUS_USAGE);
}

/*
 * pdsh thinks of two descriptors a node.  One that is shipped to has four, and
 * one that -u gives up leaves its two open.  More than that would cost each
 * ssh time, on a kernel that closes them one by one (F10).
 */
static void
allow_descriptors(size_t targets, size_t threads, bool gives_up, bool ships)
{
    rlim_t needed = OTHERS + (ships ? 4 : 2) * threads
        + (gives_up ? 2 * targets : 0);
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < needed) {
        limit.rlim_cur = needed < limit.rlim_max ? needed : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/*
 * ---- hooks ---------------------------------------------------------------
 */

/* Before any file is opened, be it for a configuration or for a node. */
static int
loaded(void)
{
    file_open_standard();
    /* A caller may have left it ignored, and nobody could be waited for. */
    signal(SIGCHLD, SIG_DFL);
    return 0;
}

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
    if (fan_out.command.count == 0)
        words_add(&fan_out.command, "celery-tmux-launch");
    for (size_t i = 0; i < wanted_workers.count; i++) {
        char *more = plan_nodes(&fan_out.command, wanted_workers.word[i],
            &status);

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
        quick_words(&fan_out.ssh);
        ssh_words_common(options, &fan_out.ssh);
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
    size_t targets, threads;
    const char *place;
    int status;

    if (geteuid() == 0 && getuid() != 0 && setuid(getuid()) != 0)
        refuse(STATUS_PERMISSION);
    /* Names are ssh's business: pdsh would end the whole run for one. */
    rcmd_opt_set(RCMD_RESOLVE_HOSTS, 0);
    find_launcher();
    if (fan_out.command.count == 0)
        return 0;
    if (!ship_place(&place) || !quick_check())
        refuse(STATUS_USAGE);
    if (!summary_check(&status)
        || !plan_make(&fan_out.command, place != NULL, &fan_out.plan, &status))
        refuse(status);
    targets = report_targets(options->targets);
    threads = targets > 0 && targets < (size_t)options->fanout ? targets
        : (size_t)options->fanout;
    allow_descriptors(targets, threads, options->command_timeout > 0,
        place != NULL);
    /*
     * Each thread that exits takes one: those of the fan-out (-k), the one
     * that hears ^C, and the first.
     */
    for (size_t i = 0; i < threads + 2; i++)
        atexit(leave_early);
    return 0;
}

static int
connect_target(char *host, char *address, char *local_user,
    char *remote_user, char *line, int rank, int *error, void **result)
{
    struct destination to = { host, remote_user,
        strcmp(local_user, remote_user) != 0, rank };
    struct connection *connection = NULL;
    int output;

    (void)address;
    output = connection_open(&fan_out, &to, line, error, &connection);
    *result = connection;
    return output;
}

static int
signal_target(int descriptor, void *connection, int number)
{
    (void)descriptor;
    /*
     * ^C: pdsh signals one after the other and exits, and its other threads
     * would begin what comes next for each that ends meanwhile.
     */
    if (number == SIGINT)
        report_interrupt();
    return connection != NULL ? connection_end(connection) : -1;
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
    int status = target != NULL ? connection_wait(target) : 0;

    if (fan_out.plan.line != NULL && report_release())
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
    words_clear(&fan_out.ssh);
    words_clear(&wanted_workers);
    words_clear(&fan_out.command);
    if (fan_out.plan.line == NULL)
        return 0;
    plan_clear(&fan_out.plan);
    summary_leave(report_status());
}

/*
 * ---- what pdsh looks for -------------------------------------------------
 */

static struct pdsh_module_hooks hooks = {
    .loaded = loaded, .unload = unload, .targets = targets,
    .options_done = options_done
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
