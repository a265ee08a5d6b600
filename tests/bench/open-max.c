/*
 * open-max.c - for LD_PRELOAD: a program that asks how many descriptors it
 * may have is told OPEN_MAX.
 *
 * Where not even root may raise the limit, it makes pdsh close as many
 * descriptors after each fork as it would with that one.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

long
sysconf(int name)
{
    static long (*real)(int);
    const char *said = getenv("OPEN_MAX");

    if (name == _SC_OPEN_MAX && said != NULL)
        return atol(said);
    if (real == NULL)
        real = (long (*)(int))dlsym(RTLD_NEXT, "sysconf");
    return real(name);
}
