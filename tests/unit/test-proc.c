/* test-proc.c - who runs below whom, with real processes. */
#include "unit-help.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "system/proc.h"

/* A child that sleeps and ends with the test, whatever happens. */
static pid_t
sleeper(void)
{
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return child;
}

/* A child with a child of its own, whose pid is in `*below`. */
static pid_t
parent(pid_t *below)
{
    int channel[2];
    pid_t child;

    ck_assert_int_eq(pipe(channel), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        pid_t grandchild = sleeper();

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)!write(channel[1], &grandchild, sizeof grandchild);
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(channel[0], below, sizeof *below), sizeof *below);
    close(channel[0]);
    close(channel[1]);
    return child;
}

static void
finish(pid_t child)
{
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

static bool
has(const struct process_list *list, pid_t pid)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->process[i].pid == pid)
            return true;
    return false;
}

START_TEST(a_process_is_a_pid_with_its_start_time)
{
    pid_t child = sleeper();
    struct process process = proc_process(child), other = process;

    ck_assert_int_eq(process.pid, child);
    ck_assert_uint_ge(process.start, proc_process(getpid()).start);
    ck_assert(proc_is_alive(process));
    other.start++;
    ck_assert(!proc_is_alive(other));
    ck_assert(!proc_is_alive((struct process){0}));
    ck_assert(!proc_is_alive((struct process){ .pid = -1 }));
    finish(child);
    ck_assert(!proc_is_alive(process));
    ck_assert_int_eq(proc_process(child).pid, 0);
}
END_TEST

/* From now on there are so many descriptors more; -1: all that may be. */
static void
leave_descriptors(int count)
{
    int next = dup(STDIN_FILENO);
    struct rlimit limit;

    close(next);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = count < 0 ? limit.rlim_max : (rlim_t)(next + count);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(without_descriptors_nobody_can_tell)
{
    pid_t child = sleeper(), gone = sleeper();
    struct process process = proc_process(child), dead = proc_process(gone);
    struct process found = { 1, 1 };
    struct process_list list = {0};

    finish(gone);
    leave_descriptors(0);
    ck_assert_int_eq(proc_life(process), LIFE_UNKNOWN);
    ck_assert_int_eq(errno, EMFILE);
    ck_assert(!proc_is_alive(process) && !proc_is_dead(process));
    ck_assert_int_eq(proc_look(child, &found), LIFE_UNKNOWN);
    ck_assert_int_eq(found.pid, 0);
    /* That there is no such pid the kernel says without any. */
    ck_assert_int_eq(proc_life(dead), LIFE_DEAD);
    ck_assert_int_eq(proc_life((struct process){0}), LIFE_DEAD);
    ck_assert(!proc_descendants(getpid(), &list) && errno == EMFILE);
    ck_assert(!proc_own_children(&list) && errno == EMFILE);
    ck_assert(!proc_with_environment("A=1", &list) && errno == EMFILE);
    ck_assert(!proc_of_worker(process, &list) && errno == EMFILE);
    ck_assert_uint_eq(list.count, 0);
    ck_assert_ptr_null(proc_boot());
    leave_descriptors(-1);
    ck_assert(proc_is_alive(process));
    finish(child);
}
END_TEST

/* The directory takes the only one, so that no process can be looked at. */
START_TEST(half_a_scan_is_not_a_whole_one)
{
    pid_t child = sleeper();
    struct process_list list = {0};

    leave_descriptors(1);
    ck_assert(proc_is_alive(proc_process(child)));
    ck_assert(!proc_descendants(getpid(), &list) && errno == EMFILE);
    leave_descriptors(-1);
    process_list_clear(&list);
    finish(child);
}
END_TEST

START_TEST(a_worker_is_its_descendants_and_its_session)
{
    int channel[2];
    struct process_list list = {0};
    pid_t child, orphan = 0;

    ck_assert_int_eq(pipe(channel), 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setsid();
        if (fork() == 0) {
            orphan = fork();
            if (orphan != 0) {
                (void)!write(channel[1], &orphan, sizeof orphan);
                _exit(0);
            }
        }
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(channel[0], &orphan, sizeof orphan),
        sizeof orphan);
    while (proc_is_below(orphan, child))
        clock_sleep(5);
    ck_assert(proc_of_worker(proc_process(child), &list));
    ck_assert(has(&list, child) && has(&list, orphan));
    ck_assert(!has(&list, getpid()));
    process_list_clear(&list);
    /* Our own session says nothing about who is whose. */
    ck_assert(proc_of_worker(proc_process(getpid()), &list));
    ck_assert_uint_eq(list.count, 0);
    kill(orphan, SIGKILL);
    finish(child);
    ck_assert_int_eq(waitpid(orphan, NULL, 0), orphan);
}
END_TEST

START_TEST(a_zombie_is_not_alive_and_no_descendant)
{
    pid_t child = sleeper();
    struct process process = proc_process(child);
    struct process_list list = {0};
    siginfo_t information;

    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &information,
        WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(proc_process(child).pid, child);
    ck_assert(!proc_is_alive(process));
    ck_assert(proc_is_exiting(child));
    proc_descendants(getpid(), &list);
    ck_assert(!has(&list, child));
    process_list_clear(&list);
    /* Among our own children it is still there to be waited for. */
    if (proc_own_children(&list))
        ck_assert(has(&list, child));
    process_list_clear(&list);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

static void
handler(int number)
{
    (void)number;
}

START_TEST(what_is_ignored_is_not_handled)
{
    signal(SIGTERM, handler);
    signal(SIGUSR1, SIG_IGN);
    ck_assert(proc_handles(getpid(), SIGTERM));
    ck_assert(!proc_handles(getpid(), SIGUSR1));
    ck_assert(!proc_handles(getpid(), SIGUSR2));
    ck_assert(!proc_handles(0, SIGTERM));
    signal(SIGTERM, SIG_DFL);
    ck_assert(!proc_handles(getpid(), SIGTERM));
}
END_TEST

static void *
last(void *nothing)
{
    (void)nothing;
    pause();
    return NULL;
}

START_TEST(one_whose_first_thread_has_ended_is_alive)
{
    struct process process;
    char state = 0;
    pid_t child = fork();

    if (child == 0) {
        pthread_t thread;

        pthread_create(&thread, NULL, last, NULL);
        pthread_exit(NULL);
    }
    while (state != 'Z') {
        char path[40];
        FILE *file;

        snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
        file = fopen(path, "r");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fscanf(file, "%*d %*s %c", &state), 1);
        fclose(file);
    }
    process = proc_process(child);
    ck_assert(proc_is_alive(process));
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(a_stopped_process_is_alive)
{
    pid_t child = sleeper();
    struct process process = proc_process(child);
    int status;

    ck_assert_int_eq(kill(child, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
    ck_assert(proc_is_alive(process));
    ck_assert(!proc_is_exiting(child));
    finish(child);
}
END_TEST

START_TEST(descendants_are_found_parents_first)
{
    struct process_list list = {0};
    pid_t grandchild = 0, child = parent(&grandchild), other = sleeper();
    size_t parent_at = 99, child_at = 0;

    proc_descendants(getpid(), &list);
    ck_assert_uint_eq(list.count, 3);
    ck_assert(has(&list, other));
    for (size_t i = 0; i < list.count; i++) {
        ck_assert(proc_is_alive(list.process[i]));
        if (list.process[i].pid == child)
            parent_at = i;
        if (list.process[i].pid == grandchild)
            child_at = i;
    }
    ck_assert_uint_lt(parent_at, child_at);
    process_list_clear(&list);
    /* Those of a child alone are added behind what the list has. */
    process_list_add(&list, proc_process(getpid()));
    proc_descendants(child, &list);
    ck_assert_uint_eq(list.count, 2);
    ck_assert_int_eq(list.process[0].pid, getpid());
    ck_assert_int_eq(list.process[1].pid, grandchild);
    process_list_clear(&list);
    proc_descendants(grandchild, &list);
    ck_assert_uint_eq(list.count, 0);
    if (proc_own_children(&list))
        ck_assert(has(&list, child) && has(&list, other)
            && !has(&list, grandchild));
    process_list_clear(&list);
    ck_assert_ptr_null(list.process);
    finish(child);
    finish(other);
}
END_TEST

START_TEST(who_is_below_whom)
{
    pid_t grandchild = 0, child = parent(&grandchild), other = sleeper();

    ck_assert(proc_is_below(grandchild, child));
    ck_assert(proc_is_below(grandchild, getpid()));
    ck_assert(proc_is_below(child, child));
    ck_assert(!proc_is_below(other, child));
    ck_assert(!proc_is_below(child, grandchild));
    ck_assert(!proc_is_below(getpid(), child));
    ck_assert(!proc_is_below(0, child));
    finish(other);
    finish(child);
    ck_assert(!proc_is_below(child, getpid()));
}
END_TEST

/* Start `sleep` with this environment; it is there when this returns. */
static pid_t
with_environment(const char *const *environment)
{
    char *words[] = { (char []){ "sleep" }, (char []){ "600" }, NULL };
    int channel[2];
    pid_t child;
    char byte;

    ck_assert_int_eq(pipe2(channel, O_CLOEXEC), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvpe("sleep", words, (char *const *)(size_t)environment);
        _exit(127);
    }
    close(channel[1]);
    ck_assert_int_eq(read(channel[0], &byte, 1), 0);
    close(channel[0]);
    return child;
}

START_TEST(processes_are_found_by_a_whole_word_of_their_environment)
{
    char *word = text_format("CELERY_TMUX_TEST=%d", (int)getpid());
    char *longer = text_format("%s1", word), *other = text_format("X%s",
        word);
    pid_t children[] = {
        with_environment((const char *[]){ word, NULL }),
        with_environment((const char *[]){ "A=1", word, "B=2", NULL }),
        with_environment((const char *[]){ longer, NULL }),
        with_environment((const char *[]){ other, NULL }),
        with_environment((const char *[]){ NULL }),
    };
    struct process_list list = {0};

    proc_with_environment(word, &list);
    ck_assert_uint_eq(list.count, 2);
    ck_assert(has(&list, children[0]) && has(&list, children[1]));
    process_list_clear(&list);
    for (size_t i = 0; i < COUNT_OF(children); i++)
        finish(children[i]);
    proc_with_environment(word, &list);
    ck_assert_uint_eq(list.count, 0);
    free(other);
    free(longer);
    free(word);
}
END_TEST

/* How many processes the search finds, each of them once. */
static size_t
find_by(const struct proc_search *search, const pid_t *desired)
{
    struct process_list list = {0};
    size_t count;

    ck_assert(proc_search(search, &list));
    for (; *desired != 0; desired++)
        ck_assert_msg(has(&list, *desired), "pid %d", (int)*desired);
    count = list.count;
    process_list_clear(&list);
    return count;
}

START_TEST(one_scan_finds_whom_several_would)
{
    char *word = text_format("CELERY_TMUX_TEST=%d", (int)getpid());
    pid_t below = 0, root = parent(&below), other = sleeper();
    pid_t known = with_environment((const char *[]){ word, NULL });
    struct process roots[] = { proc_process(root), proc_process(other) };
    struct process_list list = { roots, 1 };
    struct proc_search search = { .roots = &list, .word = word };

    ck_assert_uint_eq(find_by(&(struct proc_search){0}, (pid_t[]){ 0 }), 0);
    ck_assert_uint_eq(find_by(&search,
        (pid_t[]){ root, below, known, 0 }), 3);
    search.ancestor = root;
    ck_assert_uint_eq(find_by(&search,
        (pid_t[]){ root, below, known, 0 }), 3);
    search.ancestor = getpid();
    ck_assert_uint_eq(find_by(&search,
        (pid_t[]){ root, below, known, other, 0 }), 4);
    /* What is older has no such word, and is not looked at. */
    search = (struct proc_search){
        .word = word, .since = proc_process(known).start
    };
    ck_assert_uint_eq(find_by(&search, (pid_t[]){ known, 0 }), 1);
    search.since++;
    ck_assert_uint_eq(find_by(&search, (pid_t[]){ 0 }), 0);
    finish(known);
    finish(other);
    finish(root);
    free(word);
}
END_TEST

START_TEST(many_may_share_a_scan)
{
    pid_t old = sleeper(), new;
    struct proc_search search = { .ancestor = getpid(), .shares = true };

    ck_assert_uint_eq(find_by(&search, (pid_t[]){ old, 0 }), 1);
    new = sleeper();
    /* Whoever shares may miss what has just begun; nobody else does. */
    search.shares = false;
    ck_assert_uint_eq(find_by(&search, (pid_t[]){ old, new, 0 }), 2);
    clock_sleep(150);
    search.shares = true;
    ck_assert_uint_eq(find_by(&search, (pid_t[]){ old, new, 0 }), 2);
    finish(new);
    finish(old);
}
END_TEST

START_TEST(a_process_is_described_by_its_command_line)
{
    pid_t child = with_environment((const char *[]){ NULL });
    struct words words = {0};
    char *found, *desired = text_format("%d (sleep 600)", (int)child);

    ck_assert(proc_command(child, &words));
    same_line(0, &words, "sleep 600");
    words_clear(&words);
    found = proc_describe(proc_process(child));
    ck_assert_str_eq(found, desired);
    finish(child);
    ck_assert(!proc_command(child, &words));
    free(found);
    free(desired);
}
END_TEST

/* A program may call itself anything: `) R 1 (` is no end of a name. */
START_TEST(a_name_with_parentheses_misleads_nobody)
{
    pid_t child = fork();
    struct process before;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, ") Z 1 (a b\n");
        raise(SIGSTOP);
        for (;;)
            pause();
    }
    before = proc_process(child);
    ck_assert_int_eq(waitpid(child, NULL, WUNTRACED), child);
    ck_assert_uint_eq(proc_process(child).start, before.start);
    ck_assert(proc_is_alive(before));
    ck_assert(proc_is_below(child, getpid()));
    finish(child);
}
END_TEST

START_TEST(a_boot_has_one_name)
{
    char *one = proc_boot(), *other = proc_boot();

    ck_assert_str_eq(one, other);
    ck_assert_uint_eq(strlen(one), 36);
    free(one);
    free(other);
}
END_TEST

UNIT_TESTS("proc",
    a_process_is_a_pid_with_its_start_time,
    without_descriptors_nobody_can_tell,
    half_a_scan_is_not_a_whole_one,
    a_worker_is_its_descendants_and_its_session,
    a_zombie_is_not_alive_and_no_descendant,
    what_is_ignored_is_not_handled,
    one_whose_first_thread_has_ended_is_alive,
    a_stopped_process_is_alive,
    descendants_are_found_parents_first,
    who_is_below_whom,
    processes_are_found_by_a_whole_word_of_their_environment,
    one_scan_finds_whom_several_would,
    many_may_share_a_scan,
    a_process_is_described_by_its_command_line,
    a_name_with_parentheses_misleads_nobody,
    a_boot_has_one_name)
