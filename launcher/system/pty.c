/*
 * pty.c - a pseudo-terminal, a ring between it and the pane, and the
 * last bytes for the record.
 */
#include "system/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"

/*
 * Bytes that may wait for the pane, and that are kept for the record;
 * milliseconds that a full ring may hold up the worker, and that the pane
 * gets at the end.
 */
enum { RING = 256 * 1024, LAST = 128 * 1024, MOMENT = 100, FINISH = 500 };

/* Typed keys are signals or nothing; they stop no output. */
static void
calm_pane(int pane)
{
    struct termios mode;

    if (tcgetattr(pane, &mode) != 0)
        return;
    mode.c_iflag &= ~(tcflag_t)(IXON | IXOFF | ICRNL);
    mode.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
    mode.c_oflag &= ~(tcflag_t)OPOST;   /* the worker's own has done it */
    tcsetattr(pane, TCSANOW, &mode);
}

bool
pty_open(struct pty *pty, struct problem *problem)
{
    char *name = NULL;

    pty->pane = isatty(STDOUT_FILENO) ? STDOUT_FILENO : -1;
    pty->terminal = pty->held = -1;
    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (pty->master >= 0 && grantpt(pty->master) == 0
        && unlockpt(pty->master) == 0)
        name = ptsname(pty->master);
    if (name != NULL)
        pty->terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    /* Whoever may use write(1) would print as the worker; where this fails,
       only they can. */
    if (pty->terminal >= 0)
        (void)!fchmod(pty->terminal, S_IRUSR | S_IWUSR);
    if (pty->terminal >= 0)
        pty->held = dup(pty->master);       /* without close-on-exec */
    if (pty->held < 0)
        return problem_add(problem, STATUS_INTERNAL, "cannot make a "
            "terminal for the worker: %s; %s", strerror(errno),
            problem_way_out(errno, "check that /dev/pts is mounted and that "
            "kernel.pty.max is high enough"));
    fcntl(pty->master, F_SETFL, O_RDWR | O_NONBLOCK);
    pty->waiting = text_allocate(RING, 1);
    pty->last = text_allocate(LAST, 1);
    if (pty->pane >= 0) {
        calm_pane(pty->pane);
        fcntl(pty->pane, F_SETFL, O_RDWR | O_NONBLOCK);
        fcntl(STDIN_FILENO, F_SETFL, O_RDWR | O_NONBLOCK);
    }
    pty_resize(pty);
    return true;
}

void
pty_resize(struct pty *pty)
{
    struct winsize size;

    if (pty->pane >= 0 && ioctl(pty->pane, TIOCGWINSZ, &size) == 0)
        ioctl(pty->master, TIOCSWINSZ, &size);
}

void
pty_hand_over(struct pty *pty)
{
    close(pty->held);
    pty->held = -1;
}

bool
pty_wants_input(const struct pty *pty)
{
    return pty->size < RING;
}

bool
pty_wants_output(const struct pty *pty)
{
    return pty->pane >= 0 && (pty->size > 0 || pty->unsaid > 0);
}

int
pty_patience(const struct pty *pty)
{
    return pty->full_since ? clock_left(pty->full_since + MOMENT) : -1;
}

/* Keep the last bytes, whatever becomes of them otherwise. */
static void
remember(struct pty *pty, const char *bytes, size_t count)
{
    while (count > 0) {
        size_t at = pty->total % LAST;
        size_t part = count < LAST - at ? count : LAST - at;

        memcpy(pty->last + at, bytes, part);
        pty->total += part;
        bytes += part;
        count -= part;
    }
}

static void
drop(struct pty *pty, size_t count)
{
    pty->dropped += count;
    pty->unsaid += count;
}

/* Read into the ring; true when there was something. */
static bool
read_some(struct pty *pty)
{
    size_t at = (pty->from + pty->size) % RING;
    size_t room = RING - pty->size;
    ssize_t got;

    if (at + room > RING)
        room = RING - at;
    if (room == 0)
        return false;
    got = read(pty->master, pty->waiting + at, room);
    if (got <= 0)
        return false;
    remember(pty, pty->waiting + at, got);
    if (pty->tap != NULL)
        pty->tap(pty->tapped_by, pty->waiting + at, got);
    if (pty->pane < 0)
        pty->dropped += got;
    else
        pty->size += got;
    return true;
}

void
pty_pane_is_gone(struct pty *pty)
{
    pty->pane = -1;
    pty->dropped += pty->size;
    pty->size = 0;
    pty->full_since = 0;
}

/* Write from the ring; true when the pane took something. */
static bool
write_some(struct pty *pty)
{
    size_t part = pty->from + pty->size > RING ? RING - pty->from
        : pty->size;
    ssize_t put;

    if (pty->pane < 0 || part == 0)
        return false;
    put = write(pty->pane, pty->waiting + pty->from, part);
    if (put < 0 && errno != EAGAIN && errno != EINTR)
        pty_pane_is_gone(pty);
    if (put <= 0)
        return false;
    pty->from = (pty->from + put) % RING;
    pty->size -= put;
    pty->stalled = false;
    return true;
}

bool
pty_say(struct pty *pty, const char *text)
{
    char *line = text_format("\r\n[celery-tmux-launch: %s]\r\n", text);
    size_t length = strlen(line);
    ssize_t put = pty->pane >= 0 ? write(pty->pane, line, length) : -1;

    /* One that is not read has room for a part, maybe; the rest waits. */
    if (put > 0 && (size_t)put < length && pty->size == 0) {
        pty->from = 0;
        pty->size = length - put;
        memcpy(pty->waiting, line + put, pty->size);
    }
    free(line);
    return put > 0;
}

/* Once the pane takes output again, tell what it has missed. */
static void
say_dropped(struct pty *pty)
{
    char *text;

    if (pty->unsaid == 0 || pty->size > 0 || pty->pane < 0)
        return;
    text = text_format("dropped %llu bytes here, as the pane did not take "
        "them", pty->unsaid);
    if (pty_say(pty, text))
        pty->unsaid = 0;
    free(text);
}

/*
 * Make room when the pane has taken nothing for too long; one that goes on
 * taking nothing is not waited for again.
 */
static void
lose_patience(struct pty *pty)
{
    if (pty->size < RING)
        pty->full_since = 0;
    else if (pty->full_since == 0 && !pty->stalled)
        pty->full_since = clock_now();
    else if (pty->stalled || clock_left(pty->full_since + MOMENT) == 0) {
        drop(pty, pty->size);
        pty->size = 0;
        pty->full_since = 0;
        pty->stalled = true;
    }
}

void
pty_copy(struct pty *pty)
{
    read_some(pty);
    write_some(pty);
    say_dropped(pty);
    lose_patience(pty);
}

void
pty_ignore_input(struct pty *pty)
{
    char bytes[256];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);

    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        pty_pane_is_gone(pty);
}

void
pty_finish(struct pty *pty)
{
    long long deadline = clock_now() + FINISH;

    while (read_some(pty))
        write_some(pty);
    while (pty_wants_output(pty) && clock_left(deadline) > 0) {
        struct pollfd pane = { pty->pane, POLLOUT, 0 };

        if (poll(&pane, 1, clock_left(deadline)) == 0)
            break;
        write_some(pty);
        say_dropped(pty);
    }
}

char *
pty_last(const struct pty *pty, unsigned lines)
{
    size_t size = pty->total < LAST ? pty->total : LAST;
    size_t from = pty->total < LAST ? 0 : pty->total % LAST, start, length;
    char *bytes = text_allocate(size + 1, 1), *text;
    struct plain plain = {0};

    if (size == 0)
        return bytes;
    memcpy(bytes, pty->last + from, size - from);
    memcpy(bytes + size - from, pty->last, from);
    text = plain_part(&plain, bytes, size);
    free(bytes);
    length = strlen(text);
    start = length - (length > 0 && text[length - 1] == '\n');
    while (start > 0 && lines > 0)
        if (text[--start] == '\n' && --lines == 0)
            start++;
    memmove(text, text + start, length - start);
    text[length - start] = '\0';
    return text;
}

void
pty_close(struct pty *pty)
{
    if (pty->waiting == NULL)
        return;
    close(pty->master);
    if (pty->terminal >= 0)
        close(pty->terminal);
    if (pty->held >= 0)
        close(pty->held);
    free(pty->waiting);
    free(pty->last);
    *pty = (struct pty){0};
}
