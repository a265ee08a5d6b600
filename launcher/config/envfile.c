/*
 * envfile.c - reads env_file.  It usually holds secrets, so it must not
 * be readable by others either.
 */
#include "config/envfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/trust.h"
#include "config/setting.h"

/* Take NAME=TEXT from a line; it may be changed. */
static bool
envfile_line(char *line, const char *place, struct words *variables,
    struct problem *problem)
{
    struct words written = {0};
    size_t length;
    char *text;
    bool good;

    line += strspn(line, " \t");
    line[strcspn(line, "\r\n")] = '\0';
    if (*line == '\0' || *line == '#')
        return true;
    if (text_starts(line, "export "))
        line += strlen("export ");
    if (*line == '\0')
        return problem_add(problem, STATUS_CONFIG, "%s: export names no "
            "variable; write NAME=TEXT after it", place);
    text = line + strcspn(line, "=");
    text += *text == '=';
    length = strlen(text);
    if (length >= 2 && strchr("'\"", *text) && text[length - 1] == *text) {
        text[length - 1] = '\0';
        memmove(text, text + 1, length - 1);
    }
    words_add(&written, line);
    good = setting_read(SETTING_ENVIRONMENT, &written, place, STATUS_CONFIG,
        variables, problem);
    words_clear(&written);
    return good;
}

/* Is it a file, and nobody else's to read or write? */
static bool
envfile_check(const char *path, mode_t mode, struct problem *problem)
{
    if (!S_ISREG(mode))
        return problem_add(problem, STATUS_CONFIG, "env_file %s is not a "
            "file; name a file", path);
    if (mode & S_IROTH)
        return problem_add(problem, STATUS_PERMISSION, "env_file %s can be "
            "read by everybody; chmod o-r %s", path, path);
    return trust_path(path, problem);
}

static bool
envfile_unreadable(const char *path, struct problem *problem)
{
    return problem_add(problem, STATUS_CONFIG, "cannot read env_file %s: %s; "
        "%s", path, strerror(errno), problem_way_out(errno, "create it, or "
        "leave the setting out"));
}

bool
envfile_read(const char *path, struct words *variables,
    struct problem *problem)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
    char *line = NULL, *place;
    unsigned number = 0;
    struct stat status;
    size_t room = 0;
    bool good;

    if (file == NULL || fstat(descriptor, &status) != 0)
        good = envfile_unreadable(path, problem);
    else
        good = envfile_check(path, status.st_mode, problem);
    while (good && getline(&line, &room, file) >= 0) {
        place = text_format("%s:%u", path, ++number);
        good = envfile_line(line, place, variables, problem);
        free(place);
    }
    if (good && ferror(file))
        good = envfile_unreadable(path, problem);
    free(line);
    if (file != NULL)
        fclose(file);
    else if (descriptor >= 0)
        close(descriptor);
    return good;
}

bool
envfile_read_for(const struct layer *layer, char **path,
    struct words *variables, struct problem *problem)
{
    *path = layer_path(layer, SETTING_ENV_FILE);
    return *path == NULL || envfile_read(*path, variables, problem);
}
