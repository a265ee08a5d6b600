/*
 * pdsh.c - where pdsh is installed, does it find our module, and is
 * that its default?
 */
#include "doctor/doctor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "system/spawn.h"

#define FILE_OF_TYPE "/etc/pdsh/rcmd_default"

/* Is "celery" in "rcmd modules: celery,ssh,exec (default: rsh)"? */
static bool
has_module(const char *line)
{
    struct words names = {0};
    char *list = text_copy_part(line, strcspn(line, "(\n"));
    bool found;

    words_add_parts(&names, list, ", :");
    found = words_contain(&names, "celery");
    words_clear(&names);
    free(list);
    return found;
}

/* The word in Debian's file, or NULL; freed by the caller. */
static char *
read_type(void)
{
    int file = open(FILE_OF_TYPE, O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    size_t size;

    if (file < 0)
        return NULL;
    text = file_read(file, 4096, &size);
    close(file);
    if (text != NULL)
        text[strcspn(text, " \n")] = '\0';
    return text;
}

/*
 * The type that pdsh goes by: what the variable says, else the file, which
 * Debian's pdsh looks at, else what it was built with, as -V tells.
 */
static char *
type_of(const char *line)
{
    const char *variable = getenv("PDSH_RCMD_TYPE");
    const char *built = strstr(line, "(default: ");
    char *type = variable && *variable ? text_copy(variable) : read_type();

    if (type != NULL && *type != '\0')
        return type;
    free(type);
    built = built ? built + strlen("(default: ") : "";
    return text_copy_part(built, strcspn(built, ")\n"));
}

void
examine_pdsh(struct doctor *doctor)
{
    struct problem ignored = {0};
    char *printed, *type = NULL;
    struct words words = {0};
    const char *line;
    int result;

    words_add_list(&words, "pdsh", "-V", NULL);
    if (!spawn_run(&words, &printed, &result, &ignored))
        doctor_detail(doctor, "there is none here");
    else if ((line = strstr(printed, "rcmd modules: ")) == NULL)
        doctor_warn(doctor, "pdsh -V does not list its rcmd modules; "
            "reinstall pdsh if this is the head");
    else {
        type = type_of(line);
        if (strcmp(type, "celery") == 0 && !has_module(line))
            doctor_warn(doctor, "PDSH_RCMD_TYPE or " FILE_OF_TYPE " says "
                "celery, but pdsh has no such module; make install puts it "
                "beside pdsh's own");
        else if (!has_module(line))
            doctor_detail(doctor, "it has no module celery here, which only "
                "the head needs");
        else if (strcmp(type, "celery") != 0)
            doctor_warn(doctor, "pdsh has the module celery, but uses %s by "
                "default; write celery into " FILE_OF_TYPE ", export "
                "PDSH_RCMD_TYPE=celery, or use pdsh -R celery", type);
        else
            doctor_detail(doctor, "it uses celery");
    }
    free(type);
    free(printed);
    problem_clear(&ignored);
    words_clear(&words);
}
