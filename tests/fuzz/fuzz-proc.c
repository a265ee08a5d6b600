/*
 * fuzz-proc.c - the files of /proc, some of which processes write themselves:
 * their names, their command lines, their environment.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "system/mainprocess.h"
#include "system/proc.h"

/*
 * What is to be found below /proc meanwhile, so many times, for there nobody
 * is a child of itself; NULL: what is there.
 */
static const char *contents;
static size_t contents_size;
static int times;

/* In the C library's place. */
int
open(const char *path, int flags, ...)
{
    va_list list;
    int mode;

    va_start(list, flags);
    mode = va_arg(list, int);
    va_end(list);
    if (contents != NULL && text_starts(path, "/proc/") && times-- > 0)
        return file_in_memory("proc", contents, contents_size);
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static void
look(pid_t pid)
{
    struct process found;
    enum life life = proc_look(pid, &found);

    fuzz_expect(life != LIFE_ALIVE || found.pid == pid, "it has its pid");
    proc_is_own(pid);
    proc_is_exiting(pid);
    proc_is_below(pid, 2);
    free(proc_describe(found));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct process self = { getpid(), 1 };
    struct process_list list = { &self, 1 }, children = {0};
    struct words words = {0};

    contents = (const char *)data;
    contents_size = size;
    times = 50;
    look(getpid());
    proc_command(getpid(), &words);
    words_clear(&words);
    mainprocess_find(&list);
    proc_own_children(&children);
    free(process_list_describe(&children));
    process_list_clear(&children);
    proc_memory_kills();
    free(proc_boot());
    contents = NULL;
    return 0;
}
