/*
 * repair.c - a runner knows its run without the record, and is known
 * by its command line; what it started is known by its environment.
 */
#include "lifecycle/repair.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "lifecycle/session.h"
#include "record/runs.h"
#include "system/process.h"

/* Milliseconds that a runner may take to write down that it was asked. */
enum { WRITING = 5000 };

/* False with errno when the processes cannot be looked at. */
static bool
find_runner(const char *directory, struct process *runner)
{
    struct process_list all = {0};
    bool good = proc_descendants(0, &all);

    *runner = (struct process){0};
    for (size_t i = 0; i < all.count && runner->pid == 0; i++)
        if (session_is_runner(directory, all.process[i].pid))
            *runner = all.process[i];
    process_list_clear(&all);
    return good || runner->pid != 0;
}

static bool
ask_runner(struct job *job, struct process runner)
{
    long long deadline = clock_now() + WRITING;

    process_signal(runner, SIGTERM);
    process_signal(runner, SIGCONT);
    for (;;) {
        run_clear(&job->run);
        record_read_run(&job->at, &job->run);
        if (job->run.state != RUN_NONE)
            return true;
        if (clock_left(deadline) == 0)
            break;
        clock_sleep(20);
    }
    return problem_add(&job->problem, STATUS_AGAIN, "%s: its record %s is "
        "damaged, and its runner %d is already ending; try again when it has "
        "ended", job->worker->name, job->record.directory, (int)runner.pid);
}

static bool
repair_refuse(struct job *job, const struct process_list *strays)
{
    char *names = NULL;

    for (size_t i = 0; i < strays->count && i < 20; i++)
        text_append(&names, " %d", (int)strays->process[i].pid);
    problem_add(&job->problem, STATUS_AGAIN, "%s: its record %s is damaged, "
        "its runner is gone, and its processes are still running; end them "
        "with kill%s and try again",
        job->worker->name, job->record.directory, names);
    free(names);
    return false;
}

/* A run whose end nobody saw, and of which no process is left. */
static bool
write_ended(struct job *job)
{
    struct run run = {
        .state = RUN_ENDED, .id = random_text(16), .boot = proc_boot(),
        .since = time(NULL), .asked = true,
        .socket = job_new_socket(job), .pane = text_copy(""),
        .revision = text_copy(""), .celery = text_copy(""),
        .phase = text_copy("session"),
    };
    bool good;

    if (run.boot == NULL)
        run.boot = text_copy("unknown");
    good = record_make_directory(&job->at, "python", &job->problem)
        && record_write_run(&job->at, &run, &job->problem);
    run_clear(&job->run);
    job->run = run;
    return good;
}

/* Where `planned`, one without a process may be a plan, and stays. */
static bool
repair(struct job *job, bool planned)
{
    struct process runner;
    char *word = text_format("CELERY_TMUX_RECORD=%s", job->at.directory);
    struct process_list strays = {0};
    bool good = find_runner(job->at.directory, &runner);

    if (good && runner.pid != 0)
        good = ask_runner(job, runner);
    else if (good && (good = proc_with_environment(word, &strays)))
        good = strays.count > 0 ? repair_refuse(job, &strays)
            : planned || write_ended(job);
    if (!good && job->problem.text == NULL)
        problem_add(&job->problem, STATUS_AGAIN, "%s: its record %s is "
            "damaged, and this machine's processes cannot be examined: %s; "
            "check that /proc is mounted", job->worker->name,
            job->record.directory, strerror(errno));
    process_list_clear(&strays);
    free(word);
    return good;
}

bool
repair_run(struct job *job)
{
    return repair(job, false);
}

static bool
is_broken(const char *directory)
{
    const struct record at = { .directory = (char *)directory };
    struct run run;
    bool broken;

    record_read_run(&at, &run);
    broken = run.broken;
    run_clear(&run);
    return broken;
}

bool
repair_others(const struct job *job, struct problem *problem)
{
    const char *current = job->at.directory;
    struct words directories = {0};
    bool good = true;

    runs_list(&job->record, &directories);
    for (size_t i = 0; i < directories.count; i++) {
        const char *directory = directories.word[i];
        struct job other;

        if (strcmp(directory, current) == 0 || !is_broken(directory))
            continue;
        job_make_of_run(&other, job->worker, directory);
        if (!repair(&other, strcmp(directory, current) > 0))
            good = problem_add(problem, other.problem.status, "%s",
                other.problem.text);
        job_clear(&other);
    }
    words_clear(&directories);
    return good;
}
