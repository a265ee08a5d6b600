/* test-notify.c - what a worker tells about itself, and who told it. */
#include "base/random.h"
#include "base/text.h"
#include "unit-help.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "system/notify.h"

static struct problem problem;

START_TEST(messages_are_read_line_by_line)
{
    static const struct {
        const char *text;
        bool main, ready, stopping, executing;
    } rows[] = {
        { "READY=1", false, true, false, false },
        { "READY=1\n", false, true, false, false },
        { "MAINPID=5", true, false, false, false },
        { "MAINPID=", true, false, false, false },
        { "STOPPING=1", false, false, true, false },
        { "STATUS=exec", false, false, false, true },
        { "MAINPID=5\nREADY=1\nSTOPPING=1\nSTATUS=exec", true, true, true,
          true },
        { "X=1\n\n\nREADY=1\n\nY", false, true, false, false },
        /* Garbage. */
        { "", false, false, false, false },
        { "\n\n", false, false, false, false },
        { "READY=0", false, false, false, false },
        { "READY=11", false, false, false, false },
        { " READY=1", false, false, false, false },
        { "ready=1", false, false, false, false },
        { "READY=1 ", false, false, false, false },
        { "XMAINPID=1", false, false, false, false },
        { "STATUS=executing", false, false, false, false },
        { "STATUS=READY=1", false, false, false, false },
        { "\xff\xfe\x01%s%n", false, false, false, false },
    };
    struct notify notify = {0};

    notify_open(&notify, &problem);
    no_problem(0, &problem);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct notify_message message;

        notify_send(notify.address, rows[i].text);
        ck_assert_msg(notify_receive(&notify, &message), "row %zu", i);
        ck_assert_msg(message.main == rows[i].main
            && message.ready == rows[i].ready
            && message.stopping == rows[i].stopping
            && message.executing == rows[i].executing, "row %zu", i);
        ck_assert_int_eq(message.sender, getpid());
        ck_assert_msg(!notify_receive(&notify, &message), "row %zu", i);
        ck_assert(!message.ready && message.sender == 0);
    }
    notify_close(&notify);
    ck_assert_ptr_null(notify.address);
}
END_TEST

START_TEST(what_a_worker_says_of_itself_is_kept)
{
    char *many = text_copy("WATCHDOG=1");
    struct notify notify = {0};
    struct notify_message message;

    ck_assert(notify_open(&notify, &problem));
    notify_send(notify.address, "WATCHDOG=1\nX_CELERY_BUSY=1\nX_OTHER=2\n"
        "X_CELERY_TASK=1 a b");
    ck_assert(notify_receive(&notify, &message));
    ck_assert(message.alive);
    ck_assert_str_eq(message.health, "BUSY=1\nTASK=1 a b\n");
    notify_send(notify.address, "READY=1");
    ck_assert(notify_receive(&notify, &message));
    ck_assert(!message.alive && *message.health == '\0');
    /* Lines for which there is no room are left out, not cut. */
    for (int i = 0; i < 150; i++)
        text_append(&many, "\nX_CELERY_TASK=1 tasks.name%03d", i);
    notify_send(notify.address, many);
    ck_assert(notify_receive(&notify, &message));
    ck_assert_uint_lt(strlen(message.health), sizeof message.health);
    ck_assert(text_ends(message.health, "\n"));
    ck_assert_ptr_nonnull(strstr(message.health, "tasks.name030\n"));
    notify_close(&notify);
    free(many);
}
END_TEST

START_TEST(the_kernel_says_who_sends)
{
    struct notify notify = {0};
    struct notify_message message;
    pid_t child;

    ck_assert(notify_open(&notify, &problem));
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        /* Whatever it claims. */
        notify_send(notify.address, "MAINPID=1\nREADY=1");
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert(notify_receive(&notify, &message));
    ck_assert_int_eq(message.sender, child);
    ck_assert(message.main && message.ready);
    notify_close(&notify);
}
END_TEST

static void
end(pid_t child)
{
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

/* From a process of its own, which stays until it is ended; its pid. */
static pid_t
say(const char *address, const char *text)
{
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        notify_send(address, text);
        pause();
    }
    return child;
}

START_TEST(nobody_is_believed_before_celery_and_others_not_then)
{
    const struct process none = {0}, self = proc_process(getpid());
    struct notify notify = {0};
    struct notify_message message;
    pid_t child;

    ck_assert(notify_open(&notify, &problem));
    notify.child = getpid();
    notify_send(notify.address, "MAINPID=1\nREADY=1");
    child = say(notify.address, "STATUS=exec\nX_MOMENT=0");
    poll(&(struct pollfd){ notify.descriptor, POLLIN, 0 }, 1, 5000);
    ck_assert(!notify_hear(&notify, none, &message));
    ck_assert_int_gt(notify_deaf(&notify), 0);

    /* Only what began with Celery speaks for it. */
    notify_executing(notify.address);
    ck_assert(notify_hear(&notify, none, &message));
    ck_assert(message.executing && message.sender == getpid());
    ck_assert_uint_gt(notify.moment, proc_process(child).start);
    end(child);
    child = say(notify.address, "READY=1");
    poll(&(struct pollfd){ notify.descriptor, POLLIN, 0 }, 1, 5000);
    ck_assert(notify_hear(&notify, none, &message));
    ck_assert(message.ready && message.sender == child);
    end(child);
    notify.moment = proc_process(getpid()).start + 1000000;
    child = say(notify.address, "READY=1");
    poll(&(struct pollfd){ notify.descriptor, POLLIN, 0 }, 1, 5000);
    ck_assert(!notify_hear(&notify, none, &message));

    /* MainProcess is known by itself, wherever it is. */
    notify.child = child;
    notify_send(notify.address, "STOPPING=1");
    ck_assert(!notify_hear(&notify, none, &message));
    notify_send(notify.address, "STOPPING=1");
    ck_assert(notify_hear(&notify, self, &message));
    ck_assert(message.stopping);
    end(child);
    notify_close(&notify);
}
END_TEST

START_TEST(another_user_says_nothing)
{
    struct notify notify = {0};
    struct notify_message message;
    pid_t child;

    if (geteuid() != 0)
        return;
    ck_assert(notify_open(&notify, &problem));
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (setuid(65534) == 0)
            notify_send(notify.address, "MAINPID=1\nREADY=1\nSTATUS=exec");
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert(notify_receive(&notify, &message));
    ck_assert(message.sender == 0 && !message.main && !message.ready
        && !message.executing);
    notify_close(&notify);
}
END_TEST

/*
 * No sender is surely faster than its reader; but a socket whose other end is
 * closed has an empty message for every look.
 */
START_TEST(a_turn_has_an_end_though_messages_have_none)
{
    const struct process none = {0};
    struct notify notify = {0};
    struct notify_message message;
    int end[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, end), 0);
    close(end[1]);
    notify.descriptor = end[0];
    ck_assert(notify_receive(&notify, &message));
    ck_assert(!notify_hear(&notify, none, &message));
    ck_assert_int_gt(notify_deaf(&notify), 0);
    notify_close(&notify);
}
END_TEST

START_TEST(a_large_message_is_cut_and_a_file_in_one_is_not_kept)
{
    struct notify notify = {0};
    struct notify_message message;
    char *text = NULL;

    ck_assert(notify_open(&notify, &problem));
    for (int i = 0; i < 1000; i++)
        text_append(&text, "0123456789");
    notify_send(notify.address, text);
    ck_assert(notify_receive(&notify, &message));
    ck_assert(!message.ready && message.sender == getpid());
    text_append(&text, "\nREADY=1");
    memcpy(text, "READY=1\n", 8);
    notify_send(notify.address, text);
    ck_assert(notify_receive(&notify, &message));
    ck_assert(message.ready);
    free(text);
    notify_close(&notify);
}
END_TEST

START_TEST(nobody_listening_is_no_problem)
{
    struct notify notify = {0};
    char *address, long_address[300];

    ck_assert(notify_open(&notify, &problem));
    address = text_copy(notify.address);
    notify_close(&notify);
    notify_send(address, "READY=1");
    notify_send("/none/socket", "READY=1");
    notify_send("", "READY=1");
    memset(long_address, 'x', sizeof long_address - 1);
    long_address[sizeof long_address - 1] = '\0';
    notify_send(long_address, "READY=1");
    free(address);
}
END_TEST

START_TEST(every_socket_has_an_address_of_its_own)
{
    struct notify one = {0}, other = {0};
    struct notify_message message;

    ck_assert(notify_open(&one, &problem));
    ck_assert(notify_open(&other, &problem));
    ck_assert(text_starts(one.address, "@celery-tmux-"));
    ck_assert_uint_eq(strlen(one.address), strlen("@celery-tmux-") + 32);
    ck_assert_str_ne(one.address, other.address);
    notify_send(one.address, "READY=1");
    ck_assert(!notify_receive(&other, &message));
    ck_assert(notify_receive(&one, &message));
    notify_close(&one);
    notify_close(&other);
}
END_TEST

START_TEST(without_descriptors_there_is_no_socket)
{
    rlim_t before = limit_to(RLIMIT_NOFILE, 0);
    struct notify notify = {0};
    bool good = notify_open(&notify, &problem);

    limit_to(RLIMIT_NOFILE, before);
    ck_assert(!good);
    ck_assert_int_eq(problem.status, STATUS_INTERNAL);
    ck_assert(text_starts(problem.text, "cannot open a socket to hear from "
        "the worker: Too many open files; "));
    problem_clear(&problem);
    free(notify.address);
}
END_TEST

START_TEST(random_words_are_hexadecimal_and_differ)
{
    for (unsigned bytes = 0; bytes < 20; bytes++) {
        char *one = random_text(bytes), *other = random_text(bytes);

        ck_assert_uint_eq(strlen(one), 2 * bytes);
        ck_assert_uint_eq(strspn(one, "0123456789abcdef"), 2 * bytes);
        if (bytes >= 8)
            ck_assert_str_ne(one, other);
        free(one);
        free(other);
    }
}
END_TEST

UNIT_TESTS("notify",
    messages_are_read_line_by_line,
    what_a_worker_says_of_itself_is_kept,
    the_kernel_says_who_sends,
    nobody_is_believed_before_celery_and_others_not_then,
    another_user_says_nothing,
    a_turn_has_an_end_though_messages_have_none,
    a_large_message_is_cut_and_a_file_in_one_is_not_kept,
    nobody_listening_is_no_problem,
    every_socket_has_an_address_of_its_own,
    without_descriptors_there_is_no_socket,
    random_words_are_hexadecimal_and_differ)
