/*
 * in-use.c - preloaded into a server, tells how much it has allocated: what it
 * holds, that is, and not what malloc(3) keeps of what was given back.
 *
 * At SIGRTMIN+3 the bytes are written to the file that IN_USE names.  Nobody
 * sends that amid an allocation: the server is idle then.  What the server
 * starts does not inherit any of this.
 */
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static char path[PATH_MAX];

static void
tell(int signal_number)
{
    struct mallinfo all = mallinfo();
    char text[64];
    int file, length;

    (void)signal_number;
    length = snprintf(text, sizeof text, "%u\n",
        (unsigned)all.uordblks + (unsigned)all.hblkhd);
    file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    (void)!write(file, text, (size_t)length);
    close(file);
}

__attribute__((constructor))
static void
begin(void)
{
    const char *name = getenv("IN_USE");

    if (name == NULL)
        return;
    snprintf(path, sizeof path, "%s", name);
    signal(SIGRTMIN + 3, tell);
    unsetenv("IN_USE");
    unsetenv("LD_PRELOAD");
}
