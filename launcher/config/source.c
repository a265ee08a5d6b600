/*
 * source.c - puts a configuration and its included files together, line
 * by line.
 */
#include "config/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/trust.h"
#include "config/scan.h"

enum { MAXIMUM_DEPTH = 10, MAXIMUM_FILES = 1000, MAXIMUM_SIZE = 4 << 20 };

/* The chain of files that include one another, innermost first. */
struct chain {
    const struct chain *outer;
    const char *file;
    unsigned depth;
};

static bool add_text(struct source *source, const struct chain *chain,
    char *text, struct problem *problem);

static bool
read_all(int descriptor, const char *file, char **text,
    struct problem *problem)
{
    size_t size;

    *text = file_read(descriptor, MAXIMUM_SIZE, &size);
    if (*text == NULL && errno == EFBIG)
        return problem_add(problem, STATUS_CONFIG, "%s is larger than %d MiB; "
            "that is not a configuration", file, MAXIMUM_SIZE >> 20);
    if (*text == NULL)
        return problem_add(problem, STATUS_CONFIG, "cannot read %s: %s; name "
            "a file that you can read",
            file, strerror(errno));
    if (strlen(*text) != size)
        return problem_add(problem, STATUS_CONFIG, "%s has a NUL byte in it; "
            "that is not a configuration", file);
    return true;
}

static bool
source_add_file(struct source *source, const struct chain *outer,
    const char *file, const char *place, struct problem *problem)
{
    struct chain chain = { outer, file, outer ? outer->depth + 1 : 0 };
    int descriptor = STDIN_FILENO;
    struct stat status;
    char *text = NULL;
    bool good = false;

    for (const struct chain *link = outer; link; link = link->outer)
        if (strcmp(link->file, file) == 0)
            return problem_add(problem, STATUS_CONFIG, "%s includes %s, "
                "which is being read already; remove one of the two", place,
                file);
    if (chain.depth > MAXIMUM_DEPTH)
        return problem_add(problem, STATUS_CONFIG, "%s: %s is included "
            "through more than %d files; merge some of them", place,
            file, MAXIMUM_DEPTH);
    if (source->files >= MAXIMUM_FILES)
        return problem_add(problem, STATUS_CONFIG, "%s: more than %d files "
            "are included in all; merge some of them", place,
            MAXIMUM_FILES);
    if (strcmp(file, "-") != 0) {
        descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0)
            return problem_add(problem, STATUS_CONFIG, "%s%scannot read %s: "
                "%s; %s", place, *place ? ": " : "", file, strerror(errno),
                problem_way_out(errno, "name a file that you can read"));
        if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
            problem_add(problem, STATUS_CONFIG, "%s%s%s is not a file; name a "
                "file", place, *place ? ": " : "", file);
        else
            good = trust_path(file, problem);
    } else
        good = true;
    good = good && read_all(descriptor, file, &text, problem);
    if (good)
        good = add_text(source, &chain, text, problem);
    if (descriptor != STDIN_FILENO)
        close(descriptor);
    free(text);
    return good;
}

/* `name` seen from the directory of `file`. */
static char *
beside(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');

    if (*name == '/' || slash == NULL)
        return text_copy(name);
    return text_format("%.*s/%s", (int)(slash - file), file, name);
}

/*
 * False when `line` is no @include.  Else `*name` is what it names, or NULL
 * when that is not written as a string, and `*rest` what stands behind it.
 */
static bool
read_include(const char *line, char **name, const char **rest)
{
    const char *end;

    line += strspn(line, " \t");
    if (!text_starts(line, "@include"))
        return false;
    line += strlen("@include");
    line += strspn(line, " \t");
    *name = NULL;
    end = *line == '"' ? strchr(line + 1, '"') : NULL;
    if (end != NULL && end > line + 1)
        *name = text_copy_part(line + 1, end - line - 1);
    *rest = *name ? end + 1 + strspn(end + 1, " \t\r") : "";
    return true;
}

static void
source_add_line(struct source *source, unsigned file, unsigned number,
    const char *line)
{
    if ((source->lines & (source->lines + 1)) == 0)
        source->line = text_reallocate(source->line,
            2 * ((size_t)source->lines + 1), sizeof *source->line);
    source->line[source->lines++] = (struct source_line){ file, number };
    fprintf(source->stream.file, "%s\n", line);
}

static unsigned
add_name(struct source *source, const char *file)
{
    source->file = text_reallocate(source->file, source->files + 1,
        sizeof *source->file);
    source->file[source->files] = text_copy(file);
    return source->files++;
}

static bool
add_include(struct source *source, const struct chain *chain,
    const char *place, const char *name, const char *rest,
    struct problem *problem)
{
    char *file;
    bool good;

    if (name == NULL)
        return problem_add(problem, STATUS_CONFIG, "%s: write @include with "
            "a file name in double quotes", place);
    if (*rest && *rest != '#' && !text_starts(rest, "//"))
        return problem_add(problem, STATUS_CONFIG, "%s: there is text after "
            "the name of the file to include; move it to a line of its own",
            place);
    if (strcmp(chain->file, "-") == 0)
        return problem_add(problem, STATUS_CONFIG, "%s: a configuration from "
            "standard input cannot include files; insert their text",
            place);
    file = beside(chain->file, name);
    good = source_add_file(source, chain, file, place, problem);
    free(file);
    return good;
}

/* `text` is taken apart. */
static bool
add_text(struct source *source, const struct chain *chain, char *text,
    struct problem *problem)
{
    unsigned file = add_name(source, chain->file), number = 0;
    enum scan_state state = SCAN_PLAIN;
    bool good = true;

    while (good && *text) {
        size_t length = strcspn(text, "\n");
        bool last = text[length] == '\0';
        char *place, *name = NULL;
        const char *rest;

        text[length] = '\0';
        place = text_format("%s:%u", chain->file, ++number);
        if (state == SCAN_PLAIN && read_include(text, &name, &rest))
            good = add_include(source, chain, place, name, rest,
                problem);
        else {
            good = scan_line(text, place, &state, &source->comma,
                problem);
            source_add_line(source, file, number, text);
        }
        free(name);
        free(place);
        text += length + !last;
    }
    if (good && state != SCAN_PLAIN)
        return problem_add(problem, STATUS_CONFIG, "%s ends inside a %s; "
            "close it", chain->file,
            state == SCAN_STRING ? "string" : "comment");
    return good;
}

bool
source_read(struct source *source, const char *file, struct problem *problem)
{
    bool good;

    text_open(&source->stream);
    good = source_add_file(source, NULL, file, "", problem);
    source->text = text_close(&source->stream);
    return good;
}

bool
source_read_text(struct source *source, const char *name, const char *text,
    struct problem *problem)
{
    struct chain chain = { NULL, name, 0 };
    char *copy = text_copy(text);
    bool good;

    text_open(&source->stream);
    good = add_text(source, &chain, copy, problem);
    source->text = text_close(&source->stream);
    free(copy);
    return good;
}

char *
source_place(const struct source *source, unsigned line)
{
    const struct source_line *found;

    if (source->lines == 0 || line == 0)
        return text_copy(source->files ? source->file[0] : "configuration");
    if (line > source->lines)       /* at the end of the text */
        line = source->lines;
    found = &source->line[line - 1];
    return text_format("%s:%u", source->file[found->file], found->line);
}

void
source_clear(struct source *source)
{
    for (unsigned i = 0; i < source->files; i++)
        free(source->file[i]);
    free(source->file);
    free(source->line);
    free(source->text);
    *source = (struct source){0};
}
