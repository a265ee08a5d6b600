/*
 * kept-log.c - lines of a kept log: chosen, waited for, printed.
 */
#include "commands/kept-log.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"
#include "record/log.h"

/* Milliseconds between two looks for more, and for the end of a run. */
enum { PAUSE = 20, LOOK = 500 };

/* Seconds that anybody may name. */
static const long MOST_SECONDS = 100L * 365 * 86400 / 2;

/* Lines as they are wanted; and what has become of that. */
struct wish {
    long long since;            /* seconds since 1970 */
    bool greps, waits, follows;
    regex_t grep, until;
    long long deadline;         /* base/clock.h; 0: none */
    long lines;                 /* the last ones alone; 0: all */
    char **last;                /* of those, in a ring */
    long kept;                  /* lines that came into it, ever */
    bool met;                   /* that of --until came */
};

static bool
matches(const regex_t *regex, const char *line)
{
    return regexec(regex, line, 0, NULL, 0) == 0;
}

static void
put_line(struct wish *wish, const char *line)
{
    char **place;

    if (wish->lines == 0) {
        fprintf(plain_out, "%s\n", line);
        return;
    }
    if (wish->kept < wish->lines)
        wish->last = text_reallocate(wish->last, wish->kept + 1,
            sizeof *wish->last);
    place = &wish->last[wish->kept % wish->lines];
    if (wish->kept >= wish->lines)
        free(*place);
    *place = text_copy(line);
    wish->kept++;
}

static bool
take_line(void *data, const char *line)
{
    struct wish *wish = data;

    wish->met = wish->waits && matches(&wish->until, line);
    if (wish->met || !wish->greps || matches(&wish->grep, line))
        put_line(wish, line);
    return !wish->met && !ferror(plain_out);
}

/* The lines of the ring, the oldest first; it is empty then. */
static char *
last_lines(struct wish *wish)
{
    long first = wish->kept > wish->lines ? wish->kept - wish->lines : 0;
    struct text_stream stream;

    text_open(&stream);
    for (long i = first; i < wish->kept; i++) {
        char *line = wish->last[i % wish->lines];

        fprintf(stream.file, "%s\n", line);
        free(line);
    }
    free(wish->last);
    wish->last = NULL;
    wish->kept = 0;
    return text_close(&stream);
}

bool
kept_is_asked_for(const struct options *options)
{
    return options->since || options->until || options->grep;
}

/* "90s", "10m", "2h", "3d". */
static bool
read_span(const char *text, long *seconds)
{
    static const char units[] = "smhd";
    static const long each[] = { 1, 60, 3600, 86400 };
    size_t digits = strspn(text, "0123456789");
    const char *unit = text[digits] ? strchr(units, text[digits]) : NULL;
    char *number = text_copy_part(text, digits);
    bool good = unit != NULL && text[digits + 1] == '\0'
        && text_to_long(number, seconds)
        && *seconds <= MOST_SECONDS / each[unit - units];

    free(number);
    if (good)
        *seconds *= each[unit - units];
    return good;
}

static bool
read_regex(const char *option, const char *text, regex_t *regex, bool *is,
    struct problem *problem)
{
    char reason[128];
    int error;

    if (text == NULL)
        return true;
    error = regcomp(regex, text, REG_EXTENDED | REG_NOSUB);
    *is = error == 0;
    if (*is)
        return true;
    regerror(error, regex, reason, sizeof reason);
    return problem_add(problem, STATUS_USAGE, "--%s is \"%s\": %s; write an "
        "extended regular expression", option, text, reason);
}

static bool
read_timeout(const char *text, long long *deadline, struct problem *problem)
{
    long seconds;

    if (text == NULL)
        return true;
    if (!text_to_long(text, &seconds) || seconds < 0
        || seconds > MOST_SECONDS)
        return problem_add(problem, STATUS_USAGE, "--timeout is \"%s\"; write "
            "a number of seconds", text);
    *deadline = clock_now() + seconds * 1000LL;
    return true;
}

static bool
read_since(const char *text, long long *since, struct problem *problem)
{
    long seconds;

    if (text == NULL)
        return true;
    if (!read_span(text, &seconds))
        return problem_add(problem, STATUS_USAGE, "--since is \"%s\"; write a "
            "time as in 90s, 10m, 2h or 3d", text);
    *since = time(NULL) - seconds;
    return true;
}

static bool
wish_read(struct wish *wish, const struct options *options,
    struct problem *problem)
{
    *wish = (struct wish){ .follows = options->until || options->follow };
    if (options->last_run)
        return problem_add(problem, STATUS_USAGE, "--last-run shows the last "
            "lines of that run alone; leave it out, or --since, --grep and "
            "--until");
    if (wish->follows && options->lines)
        return problem_add(problem, STATUS_USAGE, "-n does not go with "
            "%s here; --since says where to begin",
            options->until ? "--until" : "-f");
    if (options->lines)
        text_to_long(options->lines, &wish->lines);
    return read_since(options->since, &wish->since, problem)
        && read_regex("grep", options->grep, &wish->grep, &wish->greps,
            problem)
        && read_regex("until", options->until, &wish->until, &wish->waits,
            problem)
        && read_timeout(options->timeout, &wish->deadline, problem);
}

static void
wish_clear(struct wish *wish)
{
    if (wish->greps)
        regfree(&wish->grep);
    if (wish->waits)
        regfree(&wish->until);
}

/* Is there a log, or will there be one? */
static bool
check_kept(const struct job *job, const struct wish *wish,
    struct problem *problem)
{
    int directory = log_open(&job->record), error = errno;

    if (directory >= 0)
        close(directory);
    else if (error != ENOENT)
        return problem_add(problem, STATUS_UNAVAILABLE, "cannot open %s/log: "
            "%s; %s", job->record.directory, strerror(error),
            problem_way_out(error, "it has to be a directory of your own"));
    return directory >= 0 || (wish->follows
        && layer_size(&job->worker->layer, SETTING_LOG_KEEP) > 0)
        || problem_add(problem, STATUS_UNAVAILABLE, "%s has kept no log; set "
            "log_keep, as in log_keep = \"64M\", and restart it",
            job->worker->name);
}

/* Nothing comes of a run that has ended, and its log was seen off before. */
static bool
has_ended(struct job *job, long long *look)
{
    if (!job->pinned || clock_left(*look) > 0)
        return false;
    job_refresh(job);
    *look = clock_now() + LOOK;
    return !job->alive && job->unknown == 0;
}

/* Until it is enough, there comes no more (true), or nobody reads any more. */
static bool
wait_for_more(struct job *job, struct log_reader *reader,
    const struct wish *wish)
{
    long long look = clock_now();
    bool ended = false, late = false, read = true;

    while (log_read(reader, ended) && !late && read) {
        int pause = PAUSE;

        ended = has_ended(job, &look);
        if (!ended && wish->deadline && clock_left(wish->deadline) < PAUSE) {
            pause = clock_left(wish->deadline);
            late = true;
        }
        late |= ended;
        read = plain_wait(pause);
    }
    return late;
}

static void
tell_unmet(const struct job *job, const struct options *options,
    struct problem *problem)
{
    const char *name = job->worker->name;

    if (job->pinned && !job->alive)
        problem_add(problem, STATUS_STOPPED, "the old worker of %s has ended, "
            "and no line that it printed matches \"%s\"; look what it "
            "printed, with logs --since", name, options->until);
    else
        problem_add(problem, STATUS_AGAIN, "no line that %s printed within "
            "%s s matches \"%s\"; raise --timeout, or look what it printed, "
            "with logs --since", name, options->timeout, options->until);
}

static void
show_one(struct job *job, const struct options *options, struct wish *wish,
    struct problem *problem)
{
    char *run = job->pinned ? text_copy(job->run.id) : NULL, *last;
    struct log_reader reader = {
        .record = &job->record, .run = run, .take = take_line, .data = wish
    };
    bool late = false;

    if (options->since)
        log_since(&reader, wish->since);
    else if (wish->follows)
        log_from_now(&reader);
    if (!wish->follows)
        log_read(&reader, true);
    else
        late = wait_for_more(job, &reader, wish);
    if (wish->lines > 0) {
        last = last_lines(wish);
        fputs(last, plain_out);
        free(last);
    }
    if (late && wish->waits && !wish->met)
        tell_unmet(job, options, problem);
    log_reader_clear(&reader);
    free(run);
}

enum status
kept_show(struct jobs *jobs, const struct context *context,
    struct problem *problem)
{
    const struct options *options = &context->options;
    enum status worst = STATUS_DONE;
    struct wish wish;

    if (!wish_read(&wish, options, problem)
        || (wish.follows && jobs->count != 1 && !context_refuse_many(context,
            options->until ? "--until waits for one worker"
            : "-f waits for one worker", problem))) {
        wish_clear(&wish);
        return problem->status;
    }
    for (size_t i = 0; i < jobs->count; i++) {
        struct problem own = {0};

        if (check_kept(&jobs->job[i], &wish, &own)) {
            if (jobs->count > 1)
                fprintf(plain_out, "==> %s <==\n", jobs->job[i].worker->name);
            show_one(&jobs->job[i], options, &wish, &own);
        }
        worst = status_worse(worst, own.status);
        fflush(plain_out);
        problem_print(&own);
        problem_clear(&own);
    }
    wish_clear(&wish);
    return worst;
}

/* A run that is NULL is the last of all. */
static char *
last_of_run(const struct job *job, const char *run, long lines)
{
    struct wish wish = { .lines = lines };
    struct log_reader reader = {
        .record = &job->record, .run = run, .take = take_line, .data = &wish
    };
    bool any = log_before(&reader, lines);

    if (any)
        log_read(&reader, true);
    log_reader_clear(&reader);
    return any ? last_lines(&wish) : NULL;
}

/* Once its first pieces have gone, one that drains seems the last to begin. */
char *
kept_last(const struct job *job, long lines)
{
    char *text = last_of_run(job, job->run.id, lines);

    return text || job->pinned ? text : last_of_run(job, NULL, lines);
}
