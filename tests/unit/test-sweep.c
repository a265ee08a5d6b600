/* test-sweep.c - nothing of a worker is left, whatever it did to hide. */
#include "unit-help.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "system/spawn.h"
#include "system/sweep.h"

/* Run a shell that says "ready" when it and its children are what they are
 * to be; its pid. */
static pid_t
shell(const char *script, const char *id)
{
    struct words words = {0}, environment = {0};
    struct spawn_setup setup = { .silent_input = true,
        .environment = &environment };
    struct problem problem = {0};
    int channel[2];
    char byte;
    pid_t pid;

    ck_assert_int_eq(pipe2(channel, O_CLOEXEC), 0);
    words_add(&words, "/bin/bash");
    words_add(&words, "-c");
    words_add(&words, script);
    words_add(&environment, "PATH=/usr/bin:/bin");
    if (id != NULL)
        words_addf(&environment, "CELERY_TMUX_ID=%s", id);
    setup.output = channel[1];
    spawn_start(&words, &setup, &pid, &problem);
    no_problem(0, &problem);
    close(channel[1]);
    ck_assert_int_eq(read(channel[0], &byte, 1), 1);
    close(channel[0]);
    words_clear(&words);
    words_clear(&environment);
    return pid;
}

/* Wait for every child; whether all of them were killed. */
static bool
reap(size_t *count)
{
    bool killed = true;
    int status;

    for (*count = 0; waitpid(-1, &status, 0) > 0; ++*count)
        killed = killed && spawn_result(status) == 128 + SIGKILL;
    return killed && errno == ECHILD;
}

START_TEST(a_sweep_ends_every_kind_of_descendant)
{
    static const char *const scripts[] = {
        "echo ready; exec sleep 600",
        "trap '' TERM INT HUP QUIT; echo ready; while :; do sleep 600; done",
        "sleep 600 & sleep 600 & echo ready; wait",
        "nohup setsid sleep 600 >/dev/null & echo ready; wait",
        /* Forked twice: its parent is gone, and we are the subreaper. */
        "(setsid bash -c 'sleep 60 & sleep 60' >/dev/null &); sleep .2; echo r",
        "echo ready; kill -STOP $$",
        "(trap '' TERM; (sleep 600 & echo ready; exec sleep 600) & wait)",
    };

    struct sweep below = { .ancestor = getpid() };

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        struct process_list left = {0}, list = {0};
        struct process_list ended = {0};
        size_t reaped;

        shell(scripts[i], NULL);
        ck_assert_msg(sweep(&below, clock_now() + 30000, &ended,
            &left), "row %zu", i);
        ck_assert_uint_eq(left.count, 0);
        ck_assert_msg(ended.count > 0, "row %zu", i);
        proc_descendants(getpid(), &list);
        ck_assert_msg(list.count == 0, "row %zu: %zu left", i, list.count);
        process_list_clear(&list);
        reap(&reaped);
        process_list_clear(&ended);
    }
}
END_TEST

START_TEST(nothing_to_sweep_is_nothing_left)
{
    struct sweep below = { .ancestor = getpid() };
    struct sweep empty = { .id = "" }, nobody = {0};
    struct process_list left = {0};
    struct process_list ended = {0};

    ck_assert(sweep(&below, clock_now(), &ended, &left));
    ck_assert(sweep(&empty, clock_now(), &ended, &left));
    ck_assert(sweep(&nobody, clock_now(), NULL, &left));
    ck_assert_uint_eq(ended.count, 0);
    ck_assert_uint_eq(left.count, 0);
    process_list_clear(&ended);
}
END_TEST

START_TEST(the_spared_one_lives)
{
    pid_t spared = shell("echo ready; exec sleep 600", NULL);
    pid_t other = shell("echo ready; exec sleep 600", NULL);
    struct process process = proc_process(spared);
    struct sweep others = { .ancestor = getpid(), .spared = spared };
    struct process_list left = {0};
    struct process_list ended = {0};

    ck_assert(sweep(&others, clock_now() + 30000, &ended, &left));
    ck_assert_uint_ge(ended.count, 1);
    ck_assert_int_eq(waitpid(other, NULL, 0), other);
    ck_assert(proc_is_alive(process));
    kill(spared, SIGKILL);
    ck_assert_int_eq(waitpid(spared, NULL, 0), spared);
    process_list_clear(&ended);
    process_list_clear(&left);
}
END_TEST

/* No subreaper: what lost its parents is found by its cookie alone. */
START_TEST(strays_are_found_by_their_cookie)
{
    char *id = text_format("unit-%d", (int)getpid());
    char *other = text_format("%s-other", id);
    struct process_list left = {0}, list = {0};
    char *word = text_format("CELERY_TMUX_ID=%s", id);
    pid_t bystander = shell("echo ready; exec sleep 600", other);
    struct process process = proc_process(bystander);
    struct sweep strays = { .id = id };
    struct process_list ended = {0};
    pid_t pid;

    pid = shell("(setsid bash -c 'sleep 600 & sleep 600' >/dev/null &); "
        "sleep .2; echo ready", id);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    proc_with_environment(word, &list);
    ck_assert_uint_ge(list.count, 2);
    process_list_clear(&list);
    ck_assert(sweep(&strays, clock_now() + 30000, &ended, &left));
    ck_assert_uint_ge(ended.count, 2);
    proc_with_environment(word, &list);
    ck_assert_uint_eq(list.count, 0);
    ck_assert(proc_is_alive(process));
    kill(bystander, SIGKILL);
    ck_assert_int_eq(waitpid(bystander, NULL, 0), bystander);
    process_list_clear(&ended);
    free(word);
    free(other);
    free(id);
}
END_TEST

/* No cookie, no parent, no session in common: it has become our child. */
START_TEST(what_a_subreaper_has_adopted_is_found_without_a_cookie)
{
    pid_t spared = shell("echo ready; exec sleep 600", NULL);
    struct process process = proc_process(spared);
    struct process_list before = {0}, list = {0};

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    process_list_add(&before, process);
    shell("(setsid bash -c 'trap \"\" TERM; sleep 600 & sleep 600' "
        ">/dev/null &); sleep .2; echo ready", NULL);
    sweep_adopted(&before, clock_now() + 30000);
    proc_descendants(getpid(), &list);
    ck_assert_uint_eq(list.count, 1);
    ck_assert(proc_is_alive(process));
    kill(spared, SIGKILL);
    ck_assert_int_eq(waitpid(-1, NULL, 0), spared);
    process_list_clear(&list);
    process_list_clear(&before);
}
END_TEST

/* Chains of processes, each of which forks the next and ends; not for ever,
 * or a failed test would leave them behind. */
START_TEST(what_forks_while_one_looks_is_caught)
{
    struct sweep below = { .ancestor = getpid() };
    struct process_list left = {0}, list = {0};
    struct process_list ended = {0};
    size_t reaped;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    shell("f() { sleep .02; [ $1 = 0 ] || f $(($1 - 1)) & }; "
        "f 500 & f 500 & echo ready; exec sleep 600", NULL);
    ck_assert(sweep(&below, clock_now() + 50000, &ended, &left));
    /* Orphans of the last moment are ours to reap, and then all is quiet. */
    reap(&reaped);
    proc_descendants(getpid(), &list);
    ck_assert_uint_eq(list.count, 0);
    process_list_clear(&ended);
}
END_TEST

/* So often the one that was seen has made room for another meanwhile. */
static int changes;
static pid_t current;

static void
change(void)
{
    pid_t next = fork();

    if (next == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    if (current > 0) {
        kill(current, SIGKILL);
        waitpid(current, NULL, 0);
    }
    current = next;
}

/* In place of the C library's: with it a look at /proc comes to its end. */
int hooked_closedir(DIR *directory) __asm__("closedir");

int
hooked_closedir(DIR *directory)
{
    int descriptor = dirfd(directory);

    free(directory);
    if (changes > 0) {
        changes--;
        change();
    }
    return close(descriptor);
}

START_TEST(what_has_ended_before_it_is_hit_is_not_taken_for_nothing)
{
    struct sweep below = { .ancestor = getpid() };
    struct process_list ended = {0}, left = {0};

    change();
    changes = 5;
    ck_assert(sweep(&below, clock_now() + 30000, &ended, &left));
    ck_assert_int_eq(changes, 0);
    ck_assert_uint_eq(left.count, 0);
    ck_assert_uint_eq(ended.count, 1);
    ck_assert_int_eq(ended.process[0].pid, current);
    ck_assert_int_eq(waitpid(current, NULL, 0), current);
    process_list_clear(&ended);
}
END_TEST

UNIT_TESTS("sweep",
    a_sweep_ends_every_kind_of_descendant,
    nothing_to_sweep_is_nothing_left,
    the_spared_one_lives,
    strays_are_found_by_their_cookie,
    what_a_subreaper_has_adopted_is_found_without_a_cookie,
    what_forks_while_one_looks_is_caught,
    what_has_ended_before_it_is_hit_is_not_taken_for_nothing)
