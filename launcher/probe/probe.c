/*
 * probe.c - runs workers' command lines, each from a record that lasts as
 * long as that takes.
 */
#include "probe/probe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "probe/scratch.h"
#include "runner/worker-process.h"
#include "system/mainprocess.h"
#include "system/process.h"
#include "system/signals.h"
#include "system/spawn.h"
#include "system/sweep.h"
#include "worker/celery.h"

/*
 * Milliseconds: between two looks for ^C and at the others, for the sweep at
 * the end, and for what KILL was sent to; messages that are taken at once.
 */
enum { LOOK = 50, SWEEP = 3000, LAST = 2000, TURN = 1024 };

static volatile sig_atomic_t interrupted;

static void
interrupt(int number)
{
    interrupted = number;
}

/* Why it cannot be started is told as it would have printed it. */
static bool
probe_start(struct probe *probe, const struct account *account)
{
    struct node node = account_node(account, NULL);
    struct celery_run run = {
        .id = probe->id, .term = getenv("TERM"),
        .record = probe->record.directory,
        .notify_socket = probe->notify.address
    };
    char *path = text_format("%s/printed", probe->record.directory);
    int output = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    struct problem problem = {0};
    bool good = worker_process_start(probe->worker, &node, &run, output,
        probe->humble ? WORKER_TRIED_HUMBLY : WORKER_TRIED, &probe->pid,
        &problem);

    if (!good) {
        probe->printed = text_format("celery-tmux-launch: %s\n",
            problem.text);
        probe->result = problem.status;
    }
    if (output >= 0)
        close(output);
    problem_clear(&problem);
    free(path);
    return good;
}

/* Give back what it needed while it ran. */
static void
probe_release(struct probe *probe)
{
    notify_close(&probe->notify);
    scratch_remove(&probe->record);
    free(probe->id);
    probe->id = NULL;
    probe->pid = 0;
}

/* False when it is over already. */
static bool
probe_begin(struct probe *probe, const struct account *account)
{
    long seconds = layer_number(&probe->worker->layer, SETTING_START_TIMEOUT);

    probe->id = random_text(16);
    probe->deadline = clock_now() + seconds * 1000LL;
    if (scratch_make(&probe->record, probe->worker, account, &probe->problem)
        && notify_open(&probe->notify, &probe->problem)
        && probe_start(probe, account)) {
        probe->notify.child = probe->pid;
        return true;
    }
    probe_release(probe);
    return false;
}

static void
hear(struct probe *probe)
{
    struct notify_message message;

    for (int i = 0; i < TURN && notify_hear(&probe->notify,
        (struct process){0}, &message); i++) {
        probe->executed = true;
        probe->ready |= message.ready;
    }
}

/* Wait a moment for its end. */
static bool
probe_is_over(struct probe *probe)
{
    bool ended = process_wait(proc_process(probe->pid), clock_now() + LOOK);

    hear(probe);
    probe->late = !ended;
    return ended || interrupted || probe->ready
        || clock_left(probe->deadline) == 0;
}

static void
tell_of_drain(const struct probes *probes, const struct probe *probe,
    long seconds)
{
    struct problem sentence = {0};

    problem_add(&sentence, STATUS_DONE, "%s: celery_cmd starts a worker that "
        "ignores --include; it was asked to end, and is waited for until its "
        "tasks are done, after ^C for at most %ld s", probe->name, seconds);
    probes->tells(&sentence);
    problem_clear(&sentence);
}

/*
 * A Celery that did not load our module is a worker like any other: it may
 * have taken a task, which is to finish.  One TERM (F1) ends it warmly, and
 * at once one that still imports and does not handle it yet.  False when there
 * is none to wait for.
 */
static bool
end_warmly(const struct probes *probes, struct probe *probe)
{
    long seconds = layer_number(&probe->worker->layer, SETTING_STOP_TIMEOUT);
    char *findings = record_read(&probe->record, "findings");
    bool loaded = findings != NULL && *findings != '\0', handles;
    struct process_list list = {0};

    free(findings);
    if (loaded || !probe->late)
        return false;
    process_list_add(&list, proc_process(probe->pid));
    proc_descendants(probe->pid, &list);
    probe->main = mainprocess_find(&list);
    process_list_clear(&list);
    probe->deadline = clock_now() + 1000 * seconds;
    handles = proc_handles(probe->main.pid, SIGTERM);
    if (!process_signal(probe->main, SIGTERM))
        probe->main.pid = 0;
    else if (handles && !interrupted)
        tell_of_drain(probes, probe, seconds);
    return probe->main.pid != 0;
}

/* Wait a moment for its end, without a limit if that is for its tasks. */
static bool
probe_has_drained(struct probe *probe)
{
    bool ended = process_wait(probe->main, clock_now() + LOOK);

    hear(probe);
    if (interrupted && !probe->hurried) {
        probe->deadline = clock_now() + 1000 * layer_number(
            &probe->worker->layer, SETTING_STOP_TIMEOUT);
        probe->hurried = true;
    }
    if (ended)                          /* and a wrapper with it */
        process_wait(proc_process(probe->pid), clock_now() + LOOK);
    return ended || (clock_left(probe->deadline) == 0
        && (interrupted || !proc_handles(probe->main.pid, SIGTERM)));
}

static void
read_record(struct probe *probe)
{
    probe->findings = record_read(&probe->record, "findings");
    probe->printed = record_read(&probe->record, "printed");
    if (probe->findings == NULL)
        probe->findings = text_copy("");
    if (probe->printed == NULL)
        probe->printed = text_copy("");
    probe->complete = text_ends(probe->findings, "\nend \n");
}

/*
 * Behind sudo, say, it is another user's, and KILL does not come to it.  It is
 * told, and left to whoever is its parent when we have gone.
 */
static bool
probe_reap(struct probe *probe)
{
    long long deadline = clock_now() + LAST;
    struct process process = proc_process(probe->pid);
    struct process_list left = {0};
    int status = 0;
    char *name;
    pid_t got;

    while ((got = waitpid(probe->pid, &status, WNOHANG)) == 0
        && clock_left(deadline) > 0)
        clock_sleep(LOOK);
    probe->result = spawn_result(status);
    if (got != 0)
        return true;
    /* /proc may hide it. */
    process.pid = probe->pid;
    process_list_add(&left, process);
    name = process_list_describe(&left);
    problem_add(&probe->problem, STATUS_UNAVAILABLE, "what was begun to try "
        "it cannot be ended: %s; %s", name, sweep_why_left(&left));
    free(name);
    process_list_clear(&left);
    return false;
}

/*
 * Nothing of it is left that can be ended.  With "env -i" before Celery it has
 * no cookie.
 */
static void
probe_end(struct probe *probe)
{
    struct process_list known = {0};
    struct sweep all = { .id = probe->id, .known = &known };

    read_record(probe);
    process_list_add(&known, proc_process(probe->pid));
    proc_descendants(probe->pid, &known);
    sweep(&all, clock_now() + SWEEP, NULL, NULL);
    process_list_clear(&known);
    /* While it still imports TERM kills it; a worker ends well. */
    if (probe_reap(probe))
        probe->ready |= probe->main.pid != 0 && probe->executed
            && probe->result == 0;
    probe_release(probe);
}

static void
run_all(const struct probes *probes)
{
    size_t begun = 0, running = 0;

    for (;;) {
        while (!interrupted && begun < probes->count
            && running < probes->most)
            running += probe_begin(&probes->probe[begun++], probes->account);
        if (running == 0)
            return;
        for (size_t i = 0; i < begun; i++) {
            struct probe *probe = &probes->probe[i];

            if (probe->pid == 0)
                continue;
            if (probe->main.pid != 0 ? probe_has_drained(probe)
                : probe_is_over(probe) && !end_warmly(probes, probe)) {
                probe_end(probe);
                running--;
            } else if (probes->waits != NULL)
                probes->waits(probe);
        }
    }
}

void
probes_run(const struct probes *probes)
{
    struct signals caught = { .number = { SIGINT, SIGTERM, SIGHUP } };
    struct process_list below = {0};
    int before = 0;

    interrupted = 0;
    /* ^C must not leave a record or its processes behind. */
    signals_catch(&caught, interrupt);
    proc_descendants(getpid(), &below);
    prctl(PR_GET_CHILD_SUBREAPER, &before);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    run_all(probes);
    /* What has neither a cookie nor a parent, as a daemon may. */
    sweep_adopted(&below, clock_now() + SWEEP);
    prctl(PR_SET_CHILD_SUBREAPER, before);
    process_list_clear(&below);
    signals_restore(&caught);
    if (interrupted)
        raise(interrupted);
}

void
probe_clear(struct probe *probe)
{
    free(probe->findings);
    free(probe->printed);
    problem_clear(&probe->problem);
    *probe = (struct probe){ .worker = probe->worker };
}
