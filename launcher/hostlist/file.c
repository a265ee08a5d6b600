/*
 * file.c - the one place where a host list touches files.
 */
#include "hostlist/file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/words.h"

struct reading {
    const char *first;          /* the file that the list named */
    struct words seen;
    hostlist_line *visit;
    void *data;
    char **reason;
};

static bool read_path(struct reading *reading, const char *path);

/* The path that `name`, behind an #include, means. */
static char *
included_path(const struct reading *reading, const char *name, size_t length)
{
    const char *slash = strrchr(reading->first, '/');

    if (text_starts(name, "/") || text_starts(name, "./")
        || text_starts(name, "../") || slash == NULL)
        return text_copy_part(name, length);
    return text_format("%.*s/%.*s", (int)(slash - reading->first),
        reading->first, (int)length, name);
}

/*
 * The name behind "#include"; NULL when the line is an ordinary comment.  The
 * length is 0 when there is not one name there.
 */
static const char *
included_name(const char *line, size_t *length)
{
    const char *name;

    if (!text_starts(line, "#include")
        || (line[8] && !isblank((unsigned char)line[8])))
        return NULL;
    name = line + 8 + strspn(line + 8, " \t");
    *length = strcspn(name, " \t");
    if (name[*length + strspn(name + *length, " \t")])
        *length = 0;
    return name;
}

static bool
read_line(struct reading *reading, char *line, const char *path, int number)
{
    size_t length;
    const char *name;
    char *included;
    bool fine;

    line[strcspn(line, "\r\n")] = '\0';
    name = included_name(line, &length);
    if (name == NULL) {
        line[strcspn(line, "#")] = '\0';
        return reading->visit(line, path, number, reading->data);
    }
    if (length == 0) {
        *reading->reason = text_format("%s:%d: write one file after #include",
            path, number);
        return false;
    }
    included = included_path(reading, name, length);
    fine = words_contain(&reading->seen, included)
        || read_path(reading, included);
    free(included);
    return fine;
}

/* False with the reason that errno gives. */
static bool
unreadable(struct reading *reading, const char *path)
{
    *reading->reason = text_format("%s: %s", path, strerror(errno));
    return false;
}

static bool
read_path(struct reading *reading, const char *path)
{
    bool standard = strcmp(path, "-") == 0, fine = true;
    FILE *file = standard ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t size = 0;

    if (file == NULL)
        return unreadable(reading, path);
    words_add(&reading->seen, path);
    for (int number = 1; fine && getline(&line, &size, file) >= 0; number++)
        fine = read_line(reading, line, standard ? "(standard input)" : path,
            number);
    if (fine && ferror(file))
        fine = unreadable(reading, path);
    free(line);
    if (!standard)
        fclose(file);
    return fine;
}

bool
hostlist_file(const char *path, hostlist_line *visit, void *data,
    char **reason)
{
    struct reading reading = {
        .first = path, .visit = visit, .data = data, .reason = reason,
    };
    bool fine;

    *reason = NULL;
    fine = read_path(&reading, path);
    words_clear(&reading.seen);
    return fine;
}
