/*
 * probe.c - runs a worker's command line from a record that lasts as
 * long as that takes.
 */
#include "probe/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "probe-module.h"
#include "record/record.h"
#include "runner/worker-process.h"
#include "system/mainprocess.h"
#include "system/notify.h"
#include "system/process.h"
#include "system/signals.h"
#include "system/spawn.h"
#include "system/sweep.h"
#include "worker/celery.h"

/*
 * Milliseconds: between two looks for ^C, and for the sweep at the end;
 * messages that are taken at once.
 */
enum { LOOK = 200, SWEEP = 3000, TURN = 1024 };

static volatile sig_atomic_t interrupted;

static void
interrupt(int number)
{
    interrupted = number;
}

static int
remove_file(const char *path, const struct stat *status, int kind,
    struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    remove(path);
    return 0;
}

/*
 * Have the directory for ourselves as long as we live.  The descriptor; -1
 * with errno, which is EWOULDBLOCK when somebody else has it, when it is
 * another user's or none.
 */
static int
hold_directory(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        | O_CLOEXEC);
    struct stat status;
    int error;

    if (descriptor >= 0 && fstat(descriptor, &status) == 0
        && status.st_uid == geteuid()
        && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return descriptor;
    error = errno;
    if (descriptor >= 0)
        close(descriptor);
    errno = error;
    return -1;
}

/* A check that was killed could not remove its record, and what is in it. */
static void
remove_forgotten(const char *base)
{
    char *pattern = text_format("%s/celery-tmux-check-*", base);
    glob_t found = {0};

    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++) {
            int descriptor = hold_directory(found.gl_pathv[i]);

            if (descriptor < 0)
                continue;
            nftw(found.gl_pathv[i], remove_file, 16, FTW_DEPTH | FTW_PHYS);
            close(descriptor);
        }
    globfree(&found);
    free(pattern);
}

/* Is the directory, which `lock` holds, still there? */
static bool
is_there(const char *path, int lock)
{
    struct stat held, there;

    return fstat(lock, &held) == 0 && stat(path, &there) == 0
        && held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

/*
 * A directory that we hold, where the file system lets us.  Another check may
 * take a new one, which nobody holds yet, for a forgotten one and remove it:
 * then we make another.
 */
static bool
probe_make_directory(struct record *record, const char *base,
    struct problem *problem)
{
    for (;;) {
        record->directory = text_format("%s/celery-tmux-check-XXXXXX", base);
        if (mkdtemp(record->directory) == NULL) {
            problem_add(problem, STATUS_UNAVAILABLE, "cannot create the "
                "directory %s: %s; set TMPDIR to one that you can write to",
                record->directory, strerror(errno));
            free(record->directory);
            record->directory = NULL;
            return false;
        }
        record->lock = hold_directory(record->directory);
        if (record->lock >= 0 ? is_there(record->directory, record->lock)
            : errno != EWOULDBLOCK && errno != ENOENT)
            return true;
        record_clear(record);
    }
}

static bool
make_record(struct record *record, const struct worker *worker,
    const struct account *account, struct problem *problem)
{
    const char *set = getenv("TMPDIR");
    const char *base = set && *set == '/' ? set : "/tmp";
    char *text = worker_to_text(worker);
    bool good;

    remove_forgotten(base);
    good = probe_make_directory(record, base, problem)
        && record_make(record, problem)
        && record_write(record, "worker", text, problem)
        && record_write(record, "home", account->home, problem)
        && record_write(record, "findings", "", problem)
        && record_write(record, "printed", "", problem)
        && record_write(record, "python/" CELERY_MODULE ".py",
            probe_module_text, problem);
    free(text);
    return good;
}

/* Why it cannot be started is told as it would have printed it. */
static bool
probe_start(struct probe *probe, const struct record *record,
    const struct worker *worker, const struct account *account,
    const struct celery_run *run, pid_t *pid)
{
    struct node node = account_node(account, NULL);
    char *path = text_format("%s/printed", record->directory);
    int output = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    struct problem problem = {0};
    bool good = worker_process_start(worker, &node, run, output, pid,
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

static void
hear(struct probe *probe, struct notify *notify)
{
    struct notify_message message;

    for (int i = 0; i < TURN && notify_hear(notify, (struct process){0},
        &message); i++) {
        probe->executed = true;
        probe->ready |= message.ready;
    }
}

static void
wait_for_end(struct probe *probe, pid_t pid, struct notify *notify,
    long long deadline)
{
    struct process process = proc_process(pid);
    bool ended = false;

    while (!ended && !interrupted && !probe->ready
        && clock_left(deadline) > 0) {
        ended = process_wait(process, clock_now() + LOOK);
        hear(probe, notify);
    }
    probe->late = !ended;
}

/*
 * A Celery that did not load our module is a worker like any other: it may
 * have taken a task, which is to finish.
 */
static void
end_warmly(pid_t pid, const struct worker *worker)
{
    long seconds = layer_number(&worker->layer, SETTING_STOP_TIMEOUT);
    struct process_list list = {0};
    struct process main;

    process_list_add(&list, proc_process(pid));
    proc_descendants(pid, &list);
    main = mainprocess_find(&list);
    if (process_signal(main, SIGTERM))
        process_wait(main, clock_now() + 1000 * seconds);
    process_wait(list.process[0], clock_now() + LOOK);
    process_list_clear(&list);
}

/* Nothing of it is left. */
static void
end(struct probe *probe, pid_t pid, const char *id)
{
    struct sweep all = { .id = id };

    sweep(&all, clock_now() + SWEEP, NULL, NULL);
    probe->result = spawn_wait(pid);
}

static void
read_record(struct probe *probe, const struct record *record)
{
    probe->findings = record_read(record, "findings");
    probe->printed = record_read(record, "printed");
    if (probe->findings == NULL)
        probe->findings = text_copy("");
    if (probe->printed == NULL)
        probe->printed = text_copy("");
    probe->complete = text_ends(probe->findings, "\nend \n");
}

bool
probe_run(struct probe *probe, const struct worker *worker,
    const struct account *account, long seconds, struct problem *problem)
{
    long long deadline = clock_now() + seconds * 1000LL;
    struct notify notify = {0};
    struct signals caught = { .number = { SIGINT, SIGTERM, SIGHUP } };
    struct record record = {0};
    char *id = random_text(16);
    struct celery_run run = { .id = id, .term = getenv("TERM") };
    bool good, warmly;
    pid_t pid;

    interrupted = 0;
    /* ^C must not leave the record or its processes behind. */
    signals_catch(&caught, interrupt);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    good = make_record(&record, worker, account, problem)
        && notify_open(&notify, problem);
    run.record = record.directory;
    run.notify_socket = notify.address;
    if (good && probe_start(probe, &record, worker, account, &run, &pid)) {
        notify.child = pid;
        wait_for_end(probe, pid, &notify, deadline);
        read_record(probe, &record);
        warmly = probe->late && *probe->findings == '\0';
        if (warmly)
            end_warmly(pid, worker);
        end(probe, pid, id);
        /* While it still imports TERM kills it; a worker ends well. */
        probe->ready |= warmly && probe->executed && probe->result == 0;
    }
    notify_close(&notify);
    if (record.directory != NULL)
        nftw(record.directory, remove_file, 16, FTW_DEPTH | FTW_PHYS);
    record_clear(&record);
    free(id);
    signals_restore(&caught);
    if (interrupted)
        raise(interrupted);
    return good;
}

void
probe_clear(struct probe *probe)
{
    free(probe->findings);
    free(probe->printed);
    *probe = (struct probe){0};
}
