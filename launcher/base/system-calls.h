/*
 * system-calls.h - names for system calls that the C library may be too
 * old for, or too young: glibc before 2.34 and musl have not all of them.
 *
 * Their numbers are the same on every machine that Linux runs on, but for
 * Alpha.  A kernel that lacks one answers ENOSYS, and a filter may say EPERM:
 * whoever calls has another way for that.
 */
#ifndef BASE_SYSTEM_CALLS_H
#define BASE_SYSTEM_CALLS_H

#include <stdint.h>
#include <sys/syscall.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424   /* Linux 5.1 */
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434          /* 5.3 */
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1u << 2)   /* 5.11 */
#endif
#ifndef SYS_close_range
#define SYS_close_range 436         /* 5.9 */
#endif
#ifndef SYS_openat2
#define SYS_openat2 437             /* 5.6 */
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438         /* 5.6 */
#endif

/* struct open_how of openat2(2), RESOLVE_NO_XDEV and ..._SYMLINKS. */
struct open_below {
    uint64_t flags, mode, resolve;
};

enum { OPEN_NO_OTHER_MOUNT = 1, OPEN_NO_LINKS = 4 };

#endif
