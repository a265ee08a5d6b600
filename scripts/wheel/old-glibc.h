/*
 * old-glibc.h - what the module of a wheel is compiled with, so that pdsh
 * can load it with any glibc from 2.17 on (manylinux2014).
 *
 * A new glibc would bind these to versions that an old one lacks.  make-wheel
 * refuses a module that has such a symbol nevertheless.
 */
#include <features.h>

/* strtol and sscanf by their old names (2.38). */
#undef __GLIBC_USE_C2X_STRTOL
#define __GLIBC_USE_C2X_STRTOL 0
#undef __GLIBC_USE_C23_STRTOL
#define __GLIBC_USE_C23_STRTOL 0

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 2.25 */
static inline void
old_explicit_bzero(void *memory, size_t size)
{
    memset(memory, 0, size);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/* 2.27 */
static inline int
old_memfd_create(const char *name, unsigned flags)
{
    return syscall(SYS_memfd_create, name, flags);
}

/* 2.33; where a wheel is made, the kernel's struct is the C library's. */
static inline int
old_lstat(const char *name, struct stat *entry)
{
    return syscall(SYS_newfstatat, AT_FDCWD, name, entry, AT_SYMLINK_NOFOLLOW);
}

#define lstat old_lstat
#define explicit_bzero old_explicit_bzero
#define memfd_create old_memfd_create
/* 2.34 moved them to another library; pdsh has both. */
#ifdef __x86_64__
#define OLDEST "GLIBC_2.2.5"
#else
#define OLDEST "GLIBC_2.17"
#endif
__asm__(".symver pthread_create, pthread_create@" OLDEST);
__asm__(".symver pthread_join, pthread_join@" OLDEST);
__asm__(".symver pthread_attr_setstacksize, pthread_attr_setstacksize@" OLDEST);
__asm__(".symver pthread_mutex_timedlock, pthread_mutex_timedlock@" OLDEST);
/* 2.32; on Linux both change the calling thread's signals alone. */
#define pthread_sigmask sigprocmask
