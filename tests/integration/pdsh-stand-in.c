/*
 * pdsh-stand-in.c - loads our module as a pdsh of any version and layout.
 *
 *     pdsh-stand-in MODULE VERSION LAYOUT
 *
 * Has the module begin a command that is none of ours, and ends with 0 when
 * it was willing to.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pdsh-plugin.h"

char *pdsh_version;

void
err(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (format[0] == '%' && format[1] == 'p')
        format += 2;
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

int
pdsh_personality(void)
{
    return PERSONALITY_PDSH;
}

const char **
pdsh_remote_argv(void)
{
    static const char *none[] = { NULL };

    return none;
}

int
rcmd_opt_set(int option, void *value)
{
    (void)option;
    (void)value;
    return 0;
}

/*
 * Never called here; but a module is loaded with all that it names, or not at
 * all (full RELRO).
 */
#define NEVER_CALLED(name) \
    void never_##name(void) __asm__(#name); \
    void \
    never_##name(void) \
    { \
        abort(); \
    }

NEVER_CALLED(hostlist_create)
NEVER_CALLED(hostlist_uniq)
NEVER_CALLED(hostlist_ranged_string)
NEVER_CALLED(hostlist_iterator_create)
NEVER_CALLED(hostlist_next)
NEVER_CALLED(hostlist_iterator_destroy)
NEVER_CALLED(hostlist_destroy)
NEVER_CALLED(pipecmd)
NEVER_CALLED(pipecmd_stdoutfd)
NEVER_CALLED(pipecmd_stderrfd)
NEVER_CALLED(pipecmd_signal)
NEVER_CALLED(pipecmd_wait)
NEVER_CALLED(pipecmd_destroy)

/* pdsh's options since 2.33, before that, and with something more in them. */
union opt {
    struct {
        char *program;
        bool switches[7];
        struct pdsh_options options;
    } same;
    struct {
        char *program;
        int switches[7];
        struct pdsh_options options;
    } old;
    struct {
        char *program;
        bool switches[7];
        char **more;
        struct pdsh_options options;
    } moved;
    char all[512];
};

int
main(int count, char *words[])
{
    static const struct pdsh_options options = { .local_user = "u",
        .remote_user = "u", .fanout = 32, .connect_timeout = 10 };
    static union opt opt;
    struct pdsh_options *place = &opt.same.options;
    void *library;
    struct pdsh_module *module;

    if (count != 4)
        return 64;
    pdsh_version = words[2];
    if (strcmp(words[3], "old") == 0) {
        place = &opt.old.options;
    } else if (strcmp(words[3], "moved") == 0) {
        opt.moved.more = words;
        place = &opt.moved.options;
    }
    *place = options;
    place->local_uid = getuid();
    library = dlopen(words[1], RTLD_LAZY | RTLD_GLOBAL);
    module = library ? dlsym(library, "pdsh_module_info") : NULL;
    if (module == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 70;
    }
    module->hooks->options_done((struct pdsh_opt *)&opt);
    return module->rcmd->start((struct pdsh_opt *)&opt);
}
