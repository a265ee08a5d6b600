/* test-mainprocess.c - MainProcess is found by command lines alone. */
#include "unit-help.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "system/mainprocess.h"

enum { MOST = 5 };

/* A process with these words does nothing, before main() would begin. */
__attribute__((constructor))
static void
stand_in(void)
{
    if (getenv("UNIT_STAND_IN") != NULL)
        for (;;)
            pause();
}

/* The words stand between bars. */
static void
split(const char *line, struct words *words)
{
    while (*line) {
        size_t length = strcspn(line, "|");
        char *word = text_copy_part(line, length);

        words_add(words, word);
        free(word);
        line += length + (line[length] == '|');
    }
}

static pid_t
start(const char *line)
{
    struct words words = {0}, seen = {0};
    long long deadline = clock_now() + 20000;
    char *self = realpath("/proc/self/exe", NULL);
    pid_t child;

    split(line, &words);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("UNIT_STAND_IN", "1", 1);
        execv(self, words.word);
        _exit(127);
    }
    while (!words_equal(&seen, &words)) {
        ck_assert_msg(clock_left(deadline) > 0, "%s", line);
        words_clear(&seen);
        clock_sleep(2);
        proc_command(child, &seen);
    }
    words_clear(&seen);
    words_clear(&words);
    free(self);
    return child;
}

static void
finish(pid_t child)
{
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

START_TEST(main_process_is_found_behind_shells_and_wrappers)
{
    static const struct {
        const char *lines[MOST];
        int main;               /* -1: none of them */
    } rows[] = {
        { { NULL }, -1 },
        { { "python3|/usr/bin/celery|--app=a|worker|-l|info" }, 0 },
        { { "celery|worker" }, 0 },
        { { "/opt/my-celery|-A|a|worker|-q" }, 0 },
        { { "python3|-m|celery|worker" }, 0 },
        /* Something else. */
        { { "python3|x.py" }, -1 },
        { { "celery|beat" }, -1 },
        { { "worker|celery" }, -1 },
        { { "python3|celery worker" }, -1 },
        { { "python3|celery|workers" }, -1 },
        { { "worker" }, -1 },
        /* A shell with its script is none, by whatever name. */
        { { "sh|-c|celery|worker|-q" }, -1 },
        { { "/bin/bash|/usr/bin/celery|worker" }, -1 },
        { { "-zsh|celery|worker" }, -1 },
        { { "tmux|new-session|celery|worker" }, -1 },
        { { "sh|-c|celery|worker", "python3|celery|worker" }, 1 },
        { { "shell|celery|worker" }, 0 },
        /* A wrapper stays and has the same words behind its own. */
        { { "conda|run|celery|worker|-q", "python3|celery|worker|-q" }, 1 },
        { { "nice|celery|-A|a|worker|-q", "sh|-c|celery -A a worker -q",
            "python3|/usr/bin/celery|-A|a|worker|-q" }, 2 },
        { { "a|celery|worker|-q", "b|celery|worker|-q",
            "c|celery|worker|-q" }, 2 },
        /* The pool has MainProcess's own words, a task has others. */
        { { "python3|celery|worker|-q", "python3|celery|worker|-q",
            "python3|celery|worker|-q" }, 0 },
        { { "run|celery|worker|-q", "python3|celery|worker|-q",
            "python3|celery|worker|-q" }, 1 },
        { { "python3|celery|worker|-q", "python3|celery|worker|-c|1" }, 0 },
        { { "python3|celery|worker|-q", "python3|celery|worker" }, 0 },
        { { "python3|celery|worker", "sleep|1000" }, 0 },
        { { "sleep|1000", "python3|celery|worker" }, 1 },
        /* With setproctitle it says what it is, and is believed. */
        { { "[celeryd: a@b:MainProcess] -active- (worker -q)" }, 0 },
        { { "sh|-c|x", "[celeryd: a@b:MainProcess]",
            "[celeryd: a@b:ForkPoolWorker-1]" }, 1 },
        { { "run|celery|worker|-q", "[celeryd: a@b:MainProcess]" }, 1 },
        { { "[celeryd: a@b:MainProcess]", "[celeryd: c@d:MainProcess]" }, 0 },
        { { "[celeryd: a@b:ForkPoolWorker-1]" }, -1 },
        { { "[other: a@b:MainProcess]" }, -1 },
        { { "x|[celeryd: a@b:MainProcess]" }, -1 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct process_list list = {0};
        struct process found;
        pid_t desired = 0;

        for (size_t j = 0; j < MOST && rows[i].lines[j] != NULL; j++)
            process_list_add(&list, proc_process(start(rows[i].lines[j])));
        if (rows[i].main >= 0)
            desired = list.process[rows[i].main].pid;
        found = mainprocess_find(&list);
        ck_assert_msg(found.pid == desired, "row %zu: %d, wanted %d", i,
            (int)found.pid, (int)desired);
        if (desired != 0)
            ck_assert_uint_eq(found.start,
                list.process[rows[i].main].start);
        for (size_t j = 0; j < list.count; j++)
            finish(list.process[j].pid);
        /* Of those that have ended nothing is known. */
        ck_assert_msg(mainprocess_find(&list).pid == 0, "row %zu", i);
        process_list_clear(&list);
    }
}
END_TEST

UNIT_TESTS("mainprocess",
    main_process_is_found_behind_shells_and_wrappers)
