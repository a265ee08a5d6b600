/*
 * no-syscalls.c - runs a command on a kernel that lacks some system calls.
 *
 *     no-syscalls NAME[,NAME]... [--error=EPERM] -- COMMAND [WORD]...
 *
 * Each of them fails with ENOSYS, or as a container's filter with EPERM, for
 * the command and all that it starts.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include "../../launcher/base/system-calls.h"
#include <unistd.h>

static const struct {
    const char *name;
    int number;
} calls[] = {
    { "clone3", SYS_clone3 },
    { "close_range", SYS_close_range },
    { "getrandom", SYS_getrandom },
    { "keyctl", SYS_keyctl },
    { "memfd_create", SYS_memfd_create },
    { "openat2", SYS_openat2 },
    { "pidfd_getfd", SYS_pidfd_getfd },
    { "pidfd_open", SYS_pidfd_open },
    { "pidfd_send_signal", SYS_pidfd_send_signal },
    { "prlimit64", SYS_prlimit64 },
    { "renameat2", SYS_renameat2 },
    { "statx", SYS_statx },
    { "syncfs", SYS_syncfs },
};

static int
number_of(const char *name)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].number;
    fprintf(stderr, "no-syscalls: %s is not in its table; add it\n", name);
    exit(64);
}

int
main(int count, char **word)
{
    struct sock_filter lines[64] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
    };
    struct sock_fprog program = { 1, lines };
    int error = ENOSYS, next = 2;

    if (count > next && strcmp(word[next], "--error=EPERM") == 0) {
        error = EPERM;
        next++;
    }
    if (count < next + 2 || strcmp(word[next], "--") != 0) {
        fputs("usage: no-syscalls NAME[,NAME]... [--error=EPERM] -- COMMAND "
            "[WORD]...\n", stderr);
        return 64;
    }
    for (char *name = strtok(word[1], ","); name && program.len < 60;
        name = strtok(NULL, ",")) {
        lines[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ
            | BPF_K, (unsigned)number_of(name), 0, 1);
        lines[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
            SECCOMP_RET_ERRNO | (unsigned)error);
    }
    lines[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
        SECCOMP_RET_ALLOW);
    /* As root no promise is needed, and set-uid programs go on working. */
    if (geteuid() != 0)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("no-syscalls: no filter");
        return 70;
    }
    execvp(word[next + 1], &word[next + 1]);
    perror(word[next + 1]);
    return 127;
}
