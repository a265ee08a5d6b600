/* test-pty.c - a pane that has room for a part. */
#include "unit-help.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "system/pty-guard.h"
#include "system/pty.h"

/* The pane is no file; it takes so many bytes now, and no more after that. */
enum { PANE = 1000 };
static size_t room;
static char *taken;

ssize_t
write(int descriptor, const void *bytes, size_t count)
{
    size_t part = count < room ? count : room;

    if (descriptor != PANE)
        return syscall(SYS_write, descriptor, bytes, count);
    if (part == 0) {
        errno = EAGAIN;
        return -1;
    }
    room -= part;
    text_append(&taken, "%.*s", (int)part, (const char *)bytes);
    return part;
}

START_TEST(what_was_dropped_is_said_whole_however_little_room_there_is)
{
    struct problem problem = {0};
    struct pty pty = {0};

    ck_assert(pty_open(&pty, &problem));
    pty.pane = PANE;
    for (size_t first = 0; first < 100; first++) {
        char *whole = text_format("\r\n[celery-tmux-launch: dropped %zu bytes "
            "here, as the pane did not take them]\r\n", first + 1);

        pty.unsaid = first + 1;
        room = first;
        pty_copy(&pty);
        ck_assert(pty_wants_output(&pty) == (first < strlen(whole)));
        room = SIZE_MAX;
        pty_copy(&pty);
        ck_assert(!pty_wants_output(&pty));
        same_text(first, taken, whole);
        free(whole);
        free(taken);
        taken = NULL;
    }
    pty.pane = -1;
    pty_close(&pty);
}
END_TEST

START_TEST(without_descriptors_there_is_no_terminal_and_no_guard)
{
    struct problem problem = {0};
    struct guard guard = {0};
    struct pty pty = {0};
    rlim_t before = limit_to(RLIMIT_NOFILE, 0);
    bool opened = pty_open(&pty, &problem);
    bool guarded = guard_start(&guard, STDOUT_FILENO, &problem);

    limit_to(RLIMIT_NOFILE, before);
    ck_assert(!opened && !guarded);
    same_problem(0, &problem, STATUS_INTERNAL, "cannot make a terminal for "
        "the worker: Too many open files; raise the limit of open files, "
        "which ulimit -n shows and sets, and nofile in limits.conf(5)\n"
        "cannot make a pipe: Too many open files; raise the limit of open "
        "files, which ulimit -n shows and sets, and nofile in limits.conf(5)");
}
END_TEST

UNIT_TESTS("pty",
    without_descriptors_there_is_no_terminal_and_no_guard,
    what_was_dropped_is_said_whole_however_little_room_there_is)
