/*
 * parse.c - a host list, split as pdsh splits it: first at commas
 * outside brackets into parts, whose first letter says what they are, then a
 * part at blanks into words.
 */
#include "hostlist/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "hostlist/file.h"
#include "hostlist/user.h"

#define BLANKS HOSTLIST_BLANKS
#define COMMAS ",\n\r"

struct parser {
    struct hostlist *list;
    struct place place;
    enum hostlist_origin origin;
    size_t names;
};

/* The end of what begins at `at`: a separator outside brackets, or `end`. */
static const char *
part_end(const char *at, const char *end, const char *separators)
{
    size_t depth = 0;

    for (; at < end; at++) {
        if (depth == 0 && strchr(separators, *at))
            break;
        if (*at == '[')
            depth++;
        else if (*at == ']' && depth > 0)
            depth--;
    }
    return at;
}

static const char *
skip_blanks(const char *at, const char *end)
{
    while (at < end && strchr(BLANKS, *at))
        at++;
    return at;
}

static void
add_pattern(struct patterns *patterns, struct pattern pattern)
{
    /* Room doubles: at 0, 1, 3, 7, … patterns. */
    if ((patterns->count & (patterns->count + 1)) == 0)
        patterns->pattern = text_reallocate(patterns->pattern,
            2 * patterns->count + 1, sizeof *patterns->pattern);
    patterns->pattern[patterns->count++] = pattern;
}

static bool
add_word(struct parser *parser, const char *at, const char *end,
    struct patterns *patterns)
{
    struct pattern pattern = { at, (size_t)(end - at) };
    size_t count;

    if (*at == '-' || *at == '^' || *at == '/')
        return place_problem(&parser->place, at, pattern.length, "is not a "
            "name; %s", parser->place.file ? "a file of hosts holds names "
            "and ranges only" : "- ^ and / must follow a comma");
    if (!pattern_check(&pattern, &parser->place, &count))
        return false;
    parser->names += count;
    if (parser->names > HOSTLIST_LIMIT)
        return place_problem(&parser->place, at, pattern.length,
            "brings the list to more than %d names; name fewer hosts",
            HOSTLIST_LIMIT);
    add_pattern(patterns, pattern);
    return true;
}

static bool
parse_add_words(struct parser *parser, const char *at, const char *end,
    struct patterns *patterns)
{
    while ((at = skip_blanks(at, end)) < end) {
        const char *word = at;

        at = part_end(at, end, BLANKS);
        if (!add_word(parser, word, at, patterns))
            return false;
    }
    return true;
}

static bool
add_names(struct parser *parser, const char *at, const char *end)
{
    return hostlist_skip_user(&parser->place, &at, end)
        && parse_add_words(parser, at, end, &parser->list->desired);
}

static bool
add_excluded(struct parser *parser, const char *at, const char *end)
{
    const char *names = at;

    if (at == end)
        return place_problem(&parser->place, at - 1, 1, "excludes nothing; "
            "write a name behind it or leave it out");
    if (!hostlist_skip_user(&parser->place, &names, end))
        return false;
    if (names != at)
        return place_problem(&parser->place, at, (size_t)(end - at),
            "excludes nothing; leave out type and user");
    return parse_add_words(parser, at, end, &parser->list->excluded);
}

static bool
add_expression(struct parser *parser, const char *at, const char *end,
    bool excluded)
{
    struct hostlist *list = parser->list;
    const char *stop = end > at + 1 && end[-1] == '/' ? end - 1 : end;
    char *text = text_copy_part(at + 1, (size_t)(stop - at) - 1), *reason;
    struct filter filter = { .excluded = excluded };
    int fault;
    size_t size;

    fault = regcomp(&filter.expression, text, REG_EXTENDED | REG_NOSUB);
    free(text);
    if (fault == 0) {
        list->filter = text_reallocate(list->filter, list->filters + 1,
            sizeof filter);
        list->filter[list->filters++] = filter;
        return true;
    }
    size = regerror(fault, &filter.expression, NULL, 0);
    reason = text_allocate(size, 1);
    regerror(fault, &filter.expression, reason, size);
    place_problem(&parser->place, at, (size_t)(end - at), "is not a regular "
        "expression (%s); write a POSIX extended one, without commas outside "
        "of [ ]", reason);
    free(reason);
    return false;
}

struct file_names {
    struct parser *parser;
    struct patterns *patterns;
};

/* Add a line's names; pdsh knows nothing but names in a file. */
static bool
add_line(const char *line, const char *file, int number, void *data)
{
    struct file_names *names = data;
    struct parser parser = *names->parser;
    struct words *lines = &parser.list->lines;
    const char *end;
    bool fine = true;

    words_add(lines, line);
    line = lines->word[lines->count - 1];
    parser.place.text = line;
    parser.place.file = file;
    parser.place.line = number;
    while (fine && *line) {
        end = part_end(line, line + strlen(line), COMMAS);
        fine = parse_add_words(&parser, line, end, names->patterns);
        line = end + (*end != '\0');
    }
    names->parser->names = parser.names;
    return fine;
}

static bool
add_file(struct parser *parser, const char *at, const char *end,
    struct patterns *patterns)
{
    struct file_names names = { parser, patterns };
    char *path = text_copy_part(at + 1, (size_t)(end - at) - 1), *reason;
    bool fine = hostlist_file(path, add_line, &names, &reason);

    if (!fine && reason)
        place_problem(&parser->place, at, (size_t)(end - at), "names no file "
            "of hosts (%s); write one that can be read", reason);
    free(reason);
    free(path);
    return fine;
}

/* One part of the list, from comma to comma. */
static bool
add_part(struct parser *parser, const char *at, const char *end)
{
    bool excluded = at < end && *at == '-';

    at = skip_blanks(at + excluded, end);
    if (at == end && !excluded)
        return true;
    if (parser->origin == HOSTLIST_CONFIG && at < end
        && (*at == '^' || *at == '/'))
        return place_problem(&parser->place, at, (size_t)(end - at), "is not "
            "for a configuration, which holds neither ^FILE nor /REGEX/; "
            "write names and ranges");
    if (at < end && *at == '^')
        return add_file(parser, at, end, excluded ? &parser->list->excluded
            : &parser->list->desired);
    if (at < end && *at == '/')
        return add_expression(parser, at, end, excluded);
    return excluded ? add_excluded(parser, at, end)
        : add_names(parser, at, end);
}

bool
hostlist_parse(struct hostlist *list, const char *text,
    enum hostlist_origin origin, const char *where, struct problem *problem)
{
    struct parser parser = { .list = list, .origin = origin };
    const char *end = text + strlen(text), *at = text, *part;

    parser.place.text = text;
    parser.place.where = where;
    parser.place.problem = problem;
    parser.place.status = origin == HOSTLIST_CONFIG ? STATUS_CONFIG
        : STATUS_USAGE;
    while (at < end) {
        part = at;
        at = part_end(at, end, COMMAS);
        if (!add_part(&parser, part, at))
            return false;
        at += at < end;
    }
    return true;
}

void
hostlist_clear(struct hostlist *list)
{
    for (size_t i = 0; i < list->filters; i++)
        regfree(&list->filter[i].expression);
    free(list->filter);
    free(list->desired.pattern);
    free(list->excluded.pattern);
    words_clear(&list->lines);
    *list = (struct hostlist){0};
}
