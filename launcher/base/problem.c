/*
 * problem.c - sentences about what went wrong travel up to the one who
 * prints them, so that everything below can be called from a test.
 */
#include "base/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/plain.h"
#include "base/text.h"

bool
problem_add(struct problem *problem, enum status status,
    const char *format, ...)
{
    va_list list;
    char *sentence, *masked;

    va_start(list, format);
    sentence = text_format_list(format, list);
    va_end(list);
    masked = mask_text(sentence);
    text_append(&problem->text, "%s%s", problem->text ? "\n" : "", masked);
    free(masked);
    free(sentence);
    problem->status = status_worse(problem->status, status);
    return false;
}

const char *
problem_way_out(int error, const char *usual)
{
    switch (error) {
    case EMFILE:
        return "raise the limit of open files, which ulimit -n shows and "
            "sets, and nofile in limits.conf(5)";
    case ENFILE:
        return "the whole machine has too many files open; see sysctl "
            "fs.file-nr and fs.file-max";
    default:
        return usual;
    }
}

void
problem_clear(struct problem *problem)
{
    free(problem->text);
    *problem = (struct problem){0};
}

void
problem_print(const struct problem *problem)
{
    const char *line = problem->text;

    while (line != NULL) {
        size_t length = strcspn(line, "\n");

        /* An indented line belongs to the sentence above it. */
        fprintf(plain_err, "%s%.*s\n", *line == ' ' ? ""
            : "celery-tmux-launch: ", (int)length, line);
        line = line[length] ? line + length + 1 : NULL;
    }
}

enum status
status_worse(enum status one, enum status other)
{
    return one > other ? one : other;
}
