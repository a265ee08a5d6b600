/* test-job.c - what a job knows of its run while others begin and end it. */
#include "unit-help.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lifecycle/job.h"
#include "lifecycle/stop.h"

/* The runs that come one after the other: entered, or over as well. */
enum { RUNS = 3 };

static struct problem problem;
static struct record record;
static struct process runners[RUNS];
static struct workers workers;
static bool goes_on;
static int now = -1;

static void
write_run(int number, enum run_state state)
{
    struct run run = {
        .state = state, .id = text_format("%d", number),
        .boot = proc_boot(), .begun = 1, .since = 1,
        .runner = runners[number], .socket = (char []){ "" },
        .pane = (char []){ "" }, .revision = (char []){ "" },
        .phase = (char []){ "runner" },
    };

    record_write_run(&record, &run, &problem);
    no_problem(0, &problem);
    free(run.boot);
    free(run.id);
}

/* The run that is looked at ends, and the next begins. */
static void
go_on(void)
{
    int last = now++;

    if (last >= 0 && last < RUNS) {
        write_run(last, RUN_ENDED);
        kill(runners[last].pid, SIGKILL);
        waitpid(runners[last].pid, NULL, 0);
    }
    if (now < RUNS)
        write_run(now, RUN_STARTING);
}

/* In place of the C library's: what is opened is out of date when read. */
static int
open_hooked(const char *path, int flags, va_list list)
{
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);

    if (goes_on && text_ends(path, "/celery-a/run"))
        go_on();
    return descriptor;
}

#define HOOK(name, symbol) \
    int name(const char *path, int flags, ...) __asm__(symbol); \
    int \
    name(const char *path, int flags, ...) \
    { \
        va_list list; \
        int descriptor; \
        va_start(list, flags); \
        descriptor = open_hooked(path, flags, list); \
        va_end(list); \
        return descriptor; \
    }

HOOK(hooked_open, "open")
HOOK(hooked_open64, "open64")

/* A job on a record below a new directory, and runners. */
static char *
make(struct job *job)
{
    char *base = scratch_make();

    resolve_text("workers = ( { queue = \"a\"; app = \"x\"; } );", "n",
        &workers, &problem);
    no_problem(0, &problem);
    *job = (struct job){ .worker = &workers.worker[0] };
    record_name(&job->record, base, "celery-a");
    record_name(&record, base, "celery-a");
    ck_assert(record_make(&record, &problem));
    for (int i = 0; i < RUNS; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            pause();
            _exit(0);
        }
        proc_look(pid, &runners[i]);
    }
    return base;
}

static void
finish(struct job *job, char *base)
{
    process_list_clear(&job->known);
    record_clear(&job->at);
    run_clear(&job->run);
    free(job->socket);
    record_clear(&job->record);
    record_clear(&record);
    workers_clear(&workers);
    scratch_remove(base);
}

START_TEST(a_run_that_ended_in_order_is_not_dead_without_a_word)
{
    struct job job;
    char *base = make(&job);

    go_on();
    goes_on = true;
    job_refresh(&job);
    ck_assert_msg(job.run.state == RUN_ENDED, "run %s of runner %d seems to "
        "have been killed", job.run.id, (int)job.run.runner.pid);
    ck_assert(!job.alive && job.unknown == 0);
    ck_assert_int_eq(now, RUNS + 1);
    finish(&job, base);
}
END_TEST

START_TEST(who_asks_a_run_to_end_that_has_does_not_write_over_how)
{
    struct job job;
    char *base = make(&job);

    go_on();
    job_refresh(&job);
    ck_assert(job.alive && job.run.state == RUN_STARTING);
    go_on();
    write_run(0, RUN_ENDED);
    stop_ask(&job);
    no_problem(0, &job.problem);
    job_refresh(&job);
    ck_assert_msg(job.run.state == RUN_ENDED, "state %d", (int)job.run.state);
    finish(&job, base);
}
END_TEST

UNIT_TESTS("job",
    a_run_that_ended_in_order_is_not_dead_without_a_word,
    who_asks_a_run_to_end_that_has_does_not_write_over_how)
